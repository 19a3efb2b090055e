with

due as (

    select distinct assignment_start from {{ source('benchmarks', 'due_months') }}

),

released as (

    select
        members.assignment_start,
        members.peer_group_id,
        members.rung,
        members.area_code,
        members.category_code,
        members.pool_part,
        members.size_band,
        members.price_tier,
        members.city_code,
        members.member_category_code,
        members.legal_group

    from {{ source('benchmarks', 'peer_members') }} as members

    inner join due on members.assignment_start = due.assignment_start

),

chosen as (

    select
        assignment_start,
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

    from {{ ref('peer_members') }}

),

final as (

    select * from released

    union all

    select * from chosen

)

select * from final
