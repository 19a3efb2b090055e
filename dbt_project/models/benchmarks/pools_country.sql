{{ pool_verdicts(3, left_over('region'), "'*'", 'cells.category_code') }}
