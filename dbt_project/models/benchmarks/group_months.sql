{% set measures = [
    'revenue_amount', 'receipt_count', 'refund_amount', 'store_count', 'customer_count', 'repeat_customer_count',
    'new_customer_count', 'weekday_1_receipt_count', 'weekday_2_receipt_count', 'weekday_3_receipt_count',
    'weekday_4_receipt_count', 'weekday_5_receipt_count', 'weekday_6_receipt_count', 'weekday_7_receipt_count',
    'lower_quartile_bill_amount', 'median_bill_amount', 'upper_quartile_bill_amount',
] %}

with

due as (

    select * from {{ source('benchmarks', 'due_months') }}

),

now as (

    select
        due.assignment_start,
        due.supersedes,
        months.*

    from {{ ref('fct_group_months') }} as months

    inner join due on months.month_start = due.period_start

),

released as (

    select
        due.assignment_start,
        months.*

    from {{ source('benchmarks', 'group_months') }} as months

    inner join due on months.release_id = due.supersedes

),

now_corrected as (

    select * from now
    where supersedes is not null

),

changes as (

    select
        coalesce(now.month_start, released.month_start) as month_start,
        coalesce(now.assignment_start, released.assignment_start) as assignment_start,
        coalesce(now.city_code, released.city_code) as city_code,
        coalesce(now.category_code, released.category_code) as category_code,
        coalesce(now.legal_group, released.legal_group) as legal_group

    from now_corrected as now

    full outer join released
        on
            now.month_start = released.month_start
            and now.city_code = released.city_code
            and now.category_code = released.category_code
            and now.legal_group = released.legal_group

    where
        row(now.{{ measures | join(', now.') }})
        is distinct from row(released.{{ measures | join(', released.') }})

),

-- Where too few groups changed, the difference of two releases would tell who and by how much.
corrected as (

    select
        changes.month_start,
        members.peer_group_id

    from changes

    inner join {{ ref('peer_memberships') }} as members
        on
            changes.assignment_start = members.assignment_start
            and changes.city_code = members.city_code
            and changes.category_code = members.member_category_code
            and changes.legal_group = members.legal_group

    group by changes.month_start, members.peer_group_id

    having count(distinct changes.legal_group) - 1 >= {{ rule('minimum_corrected_groups') }}

),

standing as (

    select released.*

    from released

    left join {{ ref('peer_memberships') }} as members
        on
            released.assignment_start = members.assignment_start
            and released.city_code = members.city_code
            and released.category_code = members.member_category_code
            and released.legal_group = members.legal_group

    left join corrected
        on
            released.month_start = corrected.month_start
            and members.peer_group_id = corrected.peer_group_id

    where corrected.peer_group_id is null

),

renewed as (

    select now.*

    from now

    left join {{ ref('peer_memberships') }} as members
        on
            now.assignment_start = members.assignment_start
            and now.city_code = members.city_code
            and now.category_code = members.member_category_code
            and now.legal_group = members.legal_group

    left join corrected
        on
            now.month_start = corrected.month_start
            and members.peer_group_id = corrected.peer_group_id

    where now.supersedes is null or corrected.peer_group_id is not null

),

final as (

    select month_start, city_code, category_code, legal_group, {{ measures | join(', ') }} from standing

    union all

    select month_start, city_code, category_code, legal_group, {{ measures | join(', ') }} from renewed

)

select * from final
