{{ pool_verdicts(2, left_over('city'), 'cells.region_code', 'cells.category_code') }}
