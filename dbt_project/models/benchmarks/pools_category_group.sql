{{ pool_verdicts(4, left_over('country'), "'*'", 'cells.category_group') }}
