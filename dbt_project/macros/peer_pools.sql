{#
    One rung of the ladder: the cells that are left are pooled, and a pool passes where no rule fails in any of the
    months. A group with several cells in a pool counts once. Returns one row a cell: its pool, and the broken rule.

    number: of the rung, 1 is the finest. A cell that was assigned coarser last quarter comes back with a margin only.
#}
{% macro pool_verdicts(number, left_over, area, category) %}
with

cells as (

    select
        cells.*,
        {{ area }} as area_code,
        {{ category }} as pool_category_code

    from {{ left_over }} as cells

),

group_months as (

    select
        months.month_start,
        cells.area_code,
        cells.pool_category_code,
        months.legal_group,
        bool_or(cells.last_rung_number > {{ number }}) as is_returning,
        sum(months.revenue) as revenue,
        sum(months.receipts) as receipts,
        sum(months.customers) as customers

    from {{ ref('assignment_months') }} as months

    inner join cells
        on
            months.city_code = cells.city_code
            and months.category_code = cells.category_code

    where cells.area_code is not null

    group by months.month_start, cells.area_code, cells.pool_category_code, months.legal_group

),

pool_months as (

    select
        month_start,
        area_code,
        pool_category_code,
        bool_or(is_returning) as is_returning,
        {{ contributors('revenue') }},
        {{ contributors('receipts') }},
        {{ contributors('customers') }}

    from group_months

    group by month_start, area_code, pool_category_code

),

-- A pool is judged as one that returns in all months or in none.
ladder as (

    select
        *,
        bool_or(is_returning) over (partition by area_code, pool_category_code) as needs_margin

    from pool_months

),

pools as (

    select
        area_code,
        pool_category_code,
        max(
            case
                when needs_margin
                    then {{ broken_rule(['revenue', 'receipts', 'customers'], rule('return_groups'), rule('return_dominance')) }}
                else {{ broken_rule(['revenue', 'receipts', 'customers'], rule('minimum_groups')) }}
            end
        ) as reason_code

    from ladder

    group by area_code, pool_category_code

),

final as (

    select
        cells.city_code,
        cells.category_code,
        cells.region_code,
        cells.category_group,
        cells.last_rung_number,
        cells.area_code,
        cells.pool_category_code,
        case when cells.area_code is null then 'no_area' else pools.reason_code end as reason_code

    from cells

    left join pools
        on
            cells.area_code = pools.area_code
            and cells.pool_category_code = pools.pool_category_code

)

select * from final
{% endmacro %}


{# The cells that a rung leaves to the next one: PostgreSQL sees how many there are. #}
{% macro left_over(rung) -%}
    (
        select
            city_code,
            category_code,
            region_code,
            category_group,
            last_rung_number

        from {{ ref('pools_' ~ rung) }}

        where reason_code is not null
    )
{%- endmacro %}


{# Number, name of each rung, finest first. #}
{% macro rungs() -%}
    {{ return([(1, 'city'), (2, 'region'), (3, 'country'), (4, 'category_group')]) }}
{%- endmacro %}
