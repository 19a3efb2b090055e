with

due as (

    select * from {{ source('benchmarks', 'due_months') }}

),

counts as (

    select * from {{ ref('mix_counts') }}

),

-- Each viewer once, though it may have several cells in a peer group.
viewers as (

    select distinct
        period_start,
        peer_group_id,
        legal_group,
        people_reason_code,
        noise

    from {{ ref('peer_comparisons') }}

    where reason_code is null

),

members as (

    select
        period_start,
        peer_group_id,
        dimension_code,
        member_code,
        {{ contributors('customer_count') }}

    from counts

    group by period_start, peer_group_id, dimension_code, member_code

),

-- A dimension is shown whole or not at all, so no member stands withheld beside others that tell it. Held is what the
-- viewer would see who sees least: the largest.
judged as (

    select
        *,
        sum(customer_count_total) over (partition by period_start, peer_group_id, dimension_code) as everybody,
        bool_or(customer_count_total - customer_count_largest[1] < {{ rule('minimum_customers') }}) over (
            partition by period_start, peer_group_id, dimension_code
        ) as is_small,
        bool_or({{ can_be_estimated('customer_count') }}) over (
            partition by period_start, peer_group_id, dimension_code
        ) as is_estimable

    from members

),

seen as (

    select
        viewers.period_start,
        viewers.legal_group,
        viewers.peer_group_id,
        judged.dimension_code,
        judged.member_code,
        case
            when viewers.people_reason_code is not null then viewers.people_reason_code
            when judged.is_small then 'few_of_a_kind'
            when judged.is_estimable then 'p_percent'
        end as reason_code,
        judged.customer_count_total - coalesce(own.customer_count, 0) as others_count,
        judged.everybody - coalesce(sum(own.customer_count) over of_viewer, 0) as others_everybody,
        case
            when min(own.customer_count) over of_viewer >= {{ rule('minimum_customers') }}
                then 100.0 * coalesce(own.customer_count, 0) / sum(own.customer_count) over of_viewer
        end as own_percent,
        viewers.noise

    from viewers

    inner join judged
        on
            viewers.period_start = judged.period_start
            and viewers.peer_group_id = judged.peer_group_id

    left join counts as own
        on
            viewers.period_start = own.period_start
            and viewers.peer_group_id = own.peer_group_id
            and viewers.legal_group = own.legal_group
            and judged.dimension_code = own.dimension_code
            and judged.member_code = own.member_code

    window of_viewer as (
        partition by viewers.period_start, viewers.peer_group_id, viewers.legal_group, judged.dimension_code
    )

),

-- A correction leaves the shares as they were released.
released as (

    select mix.*

    from {{ source('benchmarks', 'peer_mix') }} as mix

    inner join due on mix.release_id = due.supersedes

),

final as (

    select
        period_start,
        legal_group,
        peer_group_id,
        dimension_code,
        member_code,
        {{ rounded('own_percent') }} as own_percent,
        {{ rounded('100 * noise * others_count / nullif(others_everybody, 0)') }} as others_percent,
        'published' as status,
        null as reason_code

    from seen

    where reason_code is null

    union all

    select distinct
        period_start,
        legal_group,
        peer_group_id,
        dimension_code,
        'all' as member_code,
        cast(null as numeric(18, 6)) as own_percent,
        cast(null as numeric(18, 6)) as others_percent,
        'withheld' as status,
        reason_code

    from seen

    where reason_code is not null

    union all

    select
        period_start,
        legal_group,
        peer_group_id,
        dimension_code,
        member_code,
        own_percent,
        others_percent,
        status,
        reason_code

    from released

)

select * from final
