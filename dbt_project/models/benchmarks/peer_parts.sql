{% set schemes = [
    ('both', 'size_band', 'price_tier'), ('size', 'size_band', "'all'"), ('price', "'all'", 'price_tier'),
] %}

with

group_months as (

    select
        months.month_start,
        pools.pool_id,
        pools.rung,
        pools.area_code,
        pools.pool_category_code,
        months.legal_group,
        sum(months.revenue) as revenue,
        sum(months.receipts) as receipts,
        sum(months.customers) as customers

    from {{ ref('assignment_months') }} as months

    inner join {{ ref('peer_pools') }} as pools
        on
            months.city_code = pools.city_code
            and months.category_code = pools.category_code
            and months.legal_group = pools.legal_group

    group by
        months.month_start, pools.pool_id, pools.rung, pools.area_code, pools.pool_category_code, months.legal_group

),

last_quarter as (

    select
        rung,
        area_code,
        category_code as pool_category_code,
        legal_group,
        max(nullif(size_band, 'all')) as size_band,
        max(nullif(price_tier, 'all')) as price_tier

    from {{ source('benchmarks', 'peer_members') }}

    where assignment_start = (
        select max(earlier.assignment_start)
        from {{ source('benchmarks', 'peer_members') }} as earlier
        inner join {{ source('benchmarks', 'due_assignment') }} as due
            on earlier.assignment_start < due.assignment_start
    )

    group by rung, area_code, category_code, legal_group

),

-- Thirds of the pool by revenue and by average bill.
thirds as (

    select
        pool_id,
        rung,
        area_code,
        pool_category_code,
        legal_group,
        ntile(3) over (
            partition by pool_id order by sum(revenue), legal_group
        ) as size_third,
        ntile(3) over (
            partition by pool_id
            order by sum(revenue) / nullif(sum(receipts), 0) nulls first, legal_group
        ) as price_third

    from group_months

    group by pool_id, rung, area_code, pool_category_code, legal_group

),

-- Who has a band keeps it: from quarter to quarter groups come and go, but do not wander between the parts.
banded as (

    select
        thirds.pool_id,
        thirds.legal_group,
        coalesce(last_quarter.size_band, (array['small', 'middle', 'large'])[thirds.size_third]) as size_band,
        coalesce(last_quarter.price_tier, (array['low', 'middle', 'high'])[thirds.price_third]) as price_tier

    from thirds

    left join last_quarter
        on
            thirds.rung = last_quarter.rung
            and thirds.area_code = last_quarter.area_code
            and thirds.pool_category_code = last_quarter.pool_category_code
            and thirds.legal_group = last_quarter.legal_group

),

divided as (

    {% for scheme, size_band, price_tier in schemes %}
    select
        {{ loop.index }} as scheme_number,
        pool_id,
        legal_group,
        {{ size_band }} as size_band,
        {{ price_tier }} as price_tier

    from banded

    {{ 'union all' if not loop.last }}
    {% endfor %}

),

part_group_months as (

    select
        divided.*,
        months.month_start,
        months.revenue,
        months.receipts,
        months.customers

    from divided

    inner join group_months as months
        on
            divided.pool_id = months.pool_id
            and divided.legal_group = months.legal_group

),

part_months as (

    select
        scheme_number,
        pool_id,
        size_band,
        price_tier,
        month_start,
        {{ contributors('revenue') }},
        {{ contributors('receipts') }},
        {{ contributors('customers') }}

    from part_group_months

    group by scheme_number, pool_id, size_band, price_tier, month_start

),

-- A pool is divided only where every part passes: else its parts' figures would tell those of the one that does not.
schemes as (

    select
        pool_id,
        scheme_number

    from part_months

    group by pool_id, scheme_number

    having
        count({{ broken_rule(['revenue', 'receipts', 'customers'], rule('minimum_groups_quartiles')) }}) = 0
        and count(distinct size_band || price_tier) > 1

),

chosen as (

    select
        pool_id,
        min(scheme_number) as scheme_number

    from schemes

    group by pool_id

),

final as (

    select
        banded.pool_id,
        banded.legal_group,
        case when chosen.scheme_number in (1, 2) then banded.size_band else 'all' end as size_band,
        case when chosen.scheme_number in (1, 3) then banded.price_tier else 'all' end as price_tier

    from banded

    left join chosen on banded.pool_id = chosen.pool_id

)

select * from final
