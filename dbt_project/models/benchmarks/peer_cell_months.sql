{% set measures = peer_measures() %}

with

due as (

    select * from {{ source('benchmarks', 'due_months') }}

),

-- As doubles: a sum of numerics keeps 750 bytes a group.
-- A month is compared with others as they are released, in this release or before.
months as (

    select
        month_start,
        city_code,
        category_code,
        legal_group,
        {% for name, column in measures %}
        cast({{ column }} as double precision) as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}

    from {{ ref('group_months') }}

),

compared as (

    select
        month_start,
        city_code,
        category_code,
        legal_group,
        revenue

    from months

    union all

    select
        released.month_start,
        released.city_code,
        released.category_code,
        released.legal_group,
        cast(released.revenue_amount as double precision) as revenue

    from {{ source('benchmarks', 'group_months') }} as released

    inner join {{ source('benchmarks', 'current_releases') }} as releases on released.release_id = releases.release_id

    where
        released.month_start not in (select period_start from due)
        and (
            released.month_start in (select previous_start from due)
            or released.month_start in (select last_year_start from due)
        )

),

stacked as (

    select
        due.period_start,
        months.city_code,
        months.category_code,
        months.legal_group,
        {% for name, _ in measures %}
        months.{{ name }},
        {% endfor %}
        cast(null as double precision) as previous_revenue,
        cast(null as double precision) as last_year_revenue

    from months

    inner join due on months.month_start = due.period_start

    {% for column in ['previous', 'last_year'] %}
    union all

    select
        due.period_start,
        compared.city_code,
        compared.category_code,
        compared.legal_group,
        {% for name, _ in measures %}
        null as {{ name }},
        {% endfor %}
        {{ 'compared.revenue' if column == 'previous' else 'null' }} as previous_revenue,
        {{ 'compared.revenue' if column == 'last_year' else 'null' }} as last_year_revenue

    from compared

    inner join due on compared.month_start = due.{{ column }}_start

    {% endfor %}

),

cells as (

    select
        period_start,
        city_code,
        category_code,
        legal_group,
        {% for name, _ in measures %}
        sum({{ name }}) as {{ name }},
        {% endfor %}
        sum(previous_revenue) as previous_revenue,
        sum(last_year_revenue) as last_year_revenue

    from stacked

    group by period_start, city_code, category_code, legal_group

),

final as (

    select
        cells.*,
        due.assignment_start,
        members.peer_group_id

    from cells

    inner join due on cells.period_start = due.period_start

    left join {{ ref('peer_memberships') }} as members
        on
            due.assignment_start = members.assignment_start
            and cells.city_code = members.city_code
            and cells.category_code = members.member_category_code
            and cells.legal_group = members.legal_group

)

select * from final
