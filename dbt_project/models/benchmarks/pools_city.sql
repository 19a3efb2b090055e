{{ pool_verdicts(1, ref('assignment_cells'), 'cells.city_code', 'cells.category_code') }}
