{#
    One rung of the ladder: the cells (city, category, legal group) that are left are pooled, and a pool passes where no
    rule fails in any of the months; else it is tried without its largest groups, which go on to the next rung. A group
    with several cells in a pool counts once. Returns one row a cell: its pool, and the broken rule.

    number: of the rung, 1 is the finest. Who was assigned coarser last quarter comes back with a margin only, and is
    among the first to be left out.
#}
{% macro pool_verdicts(number, left_over, area, category) %}
{% set bases = ['revenue', 'receipts', 'customers'] %}

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
            and months.legal_group = cells.legal_group

    where cells.area_code is not null

    group by months.month_start, cells.area_code, cells.pool_category_code, months.legal_group

),

sizes as (

    select
        area_code,
        pool_category_code,
        legal_group,
        bool_or(is_returning) as is_returning,
        sum(revenue) as revenue

    from group_months

    group by area_code, pool_category_code, legal_group

),

-- The cut is at a rank, not at an amount, so that nobody's amount moves it.
places as (

    select
        area_code,
        pool_category_code,
        legal_group,
        row_number() over (
            partition by area_code, pool_category_code order by is_returning desc, revenue desc, legal_group
        ) as place,
        count(*) over pool as groups,
        count(*) filter (where is_returning) over pool as returning_groups

    from sizes

    window pool as (partition by area_code, pool_category_code)

),

parts (part_number, pool_part, left_out) as (

    values
    {% for pool_part, left_out in pool_parts() %}
        ({{ loop.index }}, '{{ pool_part }}', cast({{ left_out }} as double precision)){{ ',' if not loop.last }}
    {% endfor %}

),

parted as (

    select
        places.area_code,
        places.pool_category_code,
        places.legal_group,
        parts.part_number,
        parts.pool_part

    from places

    inner join parts
        on places.place > case
            when parts.left_out = 0 then 0
            when places.returning_groups < places.groups
                then greatest(ceil(places.groups * parts.left_out), places.returning_groups)
            else ceil(places.groups * parts.left_out)
        end

),

part_months as (

    select
        parted.area_code,
        parted.pool_category_code,
        parted.part_number,
        parted.pool_part,
        group_months.month_start,
        bool_or(group_months.is_returning) as is_returning,
        {{ contributors('revenue') }},
        {{ contributors('receipts') }},
        {{ contributors('customers') }}

    from parted

    inner join group_months
        on
            parted.area_code = group_months.area_code
            and parted.pool_category_code = group_months.pool_category_code
            and parted.legal_group = group_months.legal_group

    group by
        parted.area_code, parted.pool_category_code, parted.part_number, parted.pool_part, group_months.month_start

),

-- A part is judged as one that returns in all months or in none.
ladder as (

    select
        *,
        greatest(
            {{ rule('minimum_groups') }},
            case when bool_or(is_returning) over part then {{ rule('return_groups') }} end,
            case when pool_part <> 'whole' then {{ rule('minimum_groups_quartiles') }} end
        ) as least_others,
        case when bool_or(is_returning) over part then {{ rule('return_dominance') }} else {{ rule('dominance') }} end
            as dominance

    from part_months

    window part as (partition by area_code, pool_category_code, part_number)

),

judged as (

    select
        area_code,
        pool_category_code,
        part_number,
        pool_part,
        max({{ broken_rule(bases, 'least_others', 'dominance') }}) as reason_code,
        max({{ broken_rule(bases, 'least_others', rule('return_dominance')) }}) is null as has_margin

    from ladder

    group by area_code, pool_category_code, part_number, pool_part

),

-- With a margin rather than whole: the months of the quarter that come are not known yet.
chosen as (

    select
        area_code,
        pool_category_code,
        (array_agg(part_number order by has_margin desc, part_number))[1] as part_number

    from judged

    where reason_code is null

    group by area_code, pool_category_code

),

final as (

    select
        cells.city_code,
        cells.category_code,
        cells.legal_group,
        cells.region_code,
        cells.category_group,
        cells.last_rung_number,
        cells.area_code,
        cells.pool_category_code,
        case
            when chosen.part_number is null then 'whole'
            else coalesce(parted.pool_part, 'rest')
        end as pool_part,
        case
            when cells.area_code is null then 'no_area'
            when parted.pool_part is null then coalesce(whole.reason_code, 'left_out')
        end as reason_code

    from cells

    left join judged as whole
        on
            cells.area_code = whole.area_code
            and cells.pool_category_code = whole.pool_category_code
            and whole.part_number = 1

    left join chosen
        on
            cells.area_code = chosen.area_code
            and cells.pool_category_code = chosen.pool_category_code

    left join parted
        on
            cells.area_code = parted.area_code
            and cells.pool_category_code = parted.pool_category_code
            and cells.legal_group = parted.legal_group
            and chosen.part_number = parted.part_number

)

select * from final
{% endmacro %}


{# What of a pool may be a peer group, tried in this order, and the share of its groups that is left out. #}
{% macro pool_parts() -%}
    {{ return([('whole', '0'), ('without_largest_tenth', '0.1'), ('without_largest_third', '1.0 / 3')]) }}
{%- endmacro %}


{# The cells that a rung leaves to the next one: PostgreSQL sees how many there are. #}
{% macro left_over(rung) -%}
    (
        select
            city_code,
            category_code,
            legal_group,
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
