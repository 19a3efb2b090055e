with

due as (

    select * from {{ source('benchmarks', 'due_assignment') }}

),

chosen as (

    select
        {{ hash_id("pools.pool_id || '|' || parts.size_band || '|' || parts.price_tier") }} as peer_group_id,
        pools.rung,
        pools.area_code,
        pools.pool_category_code as category_code,
        pools.pool_part,
        parts.size_band,
        parts.price_tier,
        pools.city_code,
        pools.category_code as member_category_code,
        pools.legal_group

    from {{ ref('peer_pools') }} as pools

    inner join {{ ref('peer_parts') }} as parts
        on
            pools.pool_id = parts.pool_id
            and pools.legal_group = parts.legal_group

),

last_quarter as (

    select
        peer_group_id,
        rung,
        area_code,
        category_code,
        pool_part,
        size_band,
        price_tier,
        city_code,
        member_category_code,
        legal_group

    from {{ source('benchmarks', 'peer_members') }}

    where assignment_start = (
        select max(earlier.assignment_start)
        from {{ source('benchmarks', 'peer_members') }} as earlier
        inner join due on earlier.assignment_start < due.assignment_start
    )

),

-- The groups whose part in a peer group is not what it was: who came, who left, who opened or closed in a city of it.
changes as (

    select
        coalesce(chosen.peer_group_id, last_quarter.peer_group_id) as peer_group_id,
        count(distinct coalesce(chosen.legal_group, last_quarter.legal_group)) as changed_groups

    from chosen

    full outer join last_quarter
        on
            chosen.peer_group_id = last_quarter.peer_group_id
            and chosen.city_code = last_quarter.city_code
            and chosen.member_category_code = last_quarter.member_category_code
            and chosen.legal_group = last_quarter.legal_group

    where chosen.legal_group is null or last_quarter.legal_group is null

    group by coalesce(chosen.peer_group_id, last_quarter.peer_group_id)

),

-- One alone that came waits, and one alone that left stays: last quarter's members stand.
kept as (

    select last_quarter.*

    from last_quarter

    inner join changes on last_quarter.peer_group_id = changes.peer_group_id

    where changes.changed_groups < {{ rule('minimum_changed_members') }}

),

renewed as (

    select chosen.*

    from chosen

    where
        not exists (
            select 1 from kept
            where kept.peer_group_id = chosen.peer_group_id
        )
        -- Nobody is in two peer groups, whichever way a cell went.
        and not exists (
            select 1 from kept
            where
                kept.city_code = chosen.city_code
                and kept.member_category_code = chosen.member_category_code
                and kept.legal_group = chosen.legal_group
        )

),

members as (

    select * from kept

    union all

    select * from renewed

),

final as (

    select
        due.assignment_start,
        members.*

    from members

    cross join due

)

select * from final
