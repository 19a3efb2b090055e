with

due as (

    select * from {{ source('benchmarks', 'due_assignment') }}

),

rungs (rung_number, rung) as (

    values
    {% for number, rung in rungs() %}
        ({{ number }}, '{{ rung }}'){{ ',' if not loop.last }}
    {% endfor %}

),

last_quarter as (

    select
        members.city_code,
        members.member_category_code as category_code,
        members.legal_group,
        rungs.rung_number + case when members.pool_part = 'rest' then 1 else 0 end as rung_number

    from {{ source('benchmarks', 'peer_members') }} as members

    inner join rungs on members.rung = rungs.rung

    where members.assignment_start = (
        select max(earlier.assignment_start)
        from {{ source('benchmarks', 'peer_members') }} as earlier
        inner join due on earlier.assignment_start < due.assignment_start
    )

),

cells as (

    select distinct
        city_code,
        category_code,
        legal_group

    from {{ ref('assignment_months') }}

),

final as (

    select
        cells.city_code,
        cells.category_code,
        cells.legal_group,
        nullif(cities.region_en, 'Region not known') as region_code,
        coalesce(categories.category_group, 'other') as category_group,
        coalesce(last_quarter.rung_number, 0) as last_rung_number

    from cells

    left join {{ ref('dim_cities') }} as cities on cells.city_code = cities.city_code

    left join {{ ref('dim_categories') }} as categories on cells.category_code = categories.category_code

    left join last_quarter
        on
            cells.city_code = last_quarter.city_code
            and cells.category_code = last_quarter.category_code
            and cells.legal_group = last_quarter.legal_group

)

select * from final
