{% set dimensions = peer_mix_dimensions() | map('first') | list %}

with

due as (

    select * from {{ source('benchmarks', 'due_months') }}
    where supersedes is null

),

-- Customers are grouped by a group's number in a city, not by its name.
stores as (

    select
        store_id,
        city_code,
        competitor_group as legal_group,
        min(store_id) over (partition by competitor_group, city_code) as branch_id

    from {{ ref('dim_stores') }}

),

buyers as (

    select
        due.period_start,
        stores.branch_id,
        transactions.category_code,
        transactions.customer_id

    from {{ ref('fct_transactions') }} as transactions

    inner join due on {{ first_of_month('transactions.business_date') }} = due.period_start

    inner join stores on transactions.store_id = stores.store_id

    where
        not transactions.is_refund
        and transactions.business_date >= (select min(dues.period_start) from due as dues)
        and transactions.business_date < (select max(dues.period_start) + 31 from due as dues)

    group by due.period_start, stores.branch_id, transactions.category_code, transactions.customer_id

),

-- As they were described on its 28th.
described as (

    select
        buyers.period_start,
        buyers.branch_id,
        buyers.category_code,
        {% for dimension, _, _, members in peer_mix_dimensions() %}
        case
            {% for member, condition, _, _ in members %}
            when versions.{{ condition }} then '{{ member }}'
            {% endfor %}
            else 'unknown'
        end as {{ dimension }}{{ ',' if not loop.last }}
        {% endfor %}

    from buyers

    left join {{ ref('dim_customer_versions') }} as versions
        on
            buyers.customer_id = versions.customer_id
            and buyers.period_start + 27 >= versions.valid_from
            and buyers.period_start + 27 < versions.valid_until

),

alike as (

    select
        *,
        count(*) as customer_count

    from described

    group by period_start, branch_id, category_code, {{ dimensions | join(', ') }}

),

branches as (

    select distinct
        branch_id,
        city_code,
        legal_group

    from stores

),

members as (

    select
        due.period_start,
        branches.branch_id,
        memberships.assignment_start,
        memberships.member_category_code,
        memberships.peer_group_id,
        memberships.legal_group

    from {{ ref('peer_memberships') }} as memberships

    inner join due on memberships.assignment_start = due.assignment_start

    inner join branches
        on
            memberships.city_code = branches.city_code
            and memberships.legal_group = branches.legal_group

),

kinds as (

    select
        alike.period_start,
        members.assignment_start,
        members.peer_group_id,
        members.legal_group,
        case
            {% for dimension in dimensions %}
            when grouping(alike.{{ dimension }}) = 0 then '{{ dimension }}'
            {% endfor %}
        end as dimension_code,
        coalesce(alike.{{ dimensions | join(', alike.') }}) as member_code,
        cast(sum(alike.customer_count) as bigint) as customer_count

    from alike

    inner join members
        on
            alike.period_start = members.period_start
            and alike.branch_id = members.branch_id
            and alike.category_code = members.member_category_code

    group by
        alike.period_start,
        members.assignment_start,
        members.peer_group_id,
        members.legal_group,
        grouping sets ((alike.{{ dimensions | join('), (alike.') }}))

),

-- Of whom nothing is known is of no kind.
final as (

    select * from kinds
    where member_code <> 'unknown'

)

select * from final
