with

due as (

    select * from {{ source('benchmarks', 'due_months') }}

),

cells as (

    select * from {{ ref('audience_cells') }}

),

-- Persons first: what is told of competitors is told only where nothing is told of persons.
persons as (

    select
        *,
        case
            when customer_count < {{ rule('minimum_customers') }} or receipts < {{ rule('minimum_receipts') }}
                then 'few_customers'
            when {{ is_few('(base_count - customer_count)') }} then 'nearly_all'
        end as persons_reason_code

    from cells

    where base_count >= {{ rule('minimum_customers') }}

),

counted as (

    select
        *,
        coalesce(
            persons_reason_code,
            case when customers_groups < {{ rule('minimum_groups') }} then 'few_groups' end
        ) as reason_code

    from persons

),

parents as (

    select * from counted
    where figure = 'also_shop'

),

-- A city is part of all cities: neither what is left of them, nor who is in several, may be few.
cities as (

    select
        counted.*,
        parents.reason_code is not null
        or counted.reason_code is not null
        or {{ is_few('(parents.customer_count - counted.customer_count)') }} as is_withheld

    from counted

    inner join parents
        on
            counted.period_start = parents.period_start
            and counted.legal_group = parents.legal_group
            and counted.category_code = parents.category_code

    where counted.figure = 'overlap'

),

ranked as (

    select
        *,
        coalesce(sum(customer_count) filter (where is_withheld) over category, 0) as withheld_count,
        row_number() over (
            partition by period_start, legal_group, category_code, is_withheld
            order by customer_count, city_code
        ) as city_rank

    from cities

    window category as (partition by period_start, legal_group, category_code)

),

-- One reason for all of them: whose of the withheld cities are small is not told.
suppressed as (

    select
        *,
        case
            when
                is_withheld
                or (
                    city_rank = 1
                    and (
                        {{ is_few('withheld_count') }}
                        or (withheld_count = 0 and {{ is_few('many_cities_count') }})
                    )
                )
                then 'complement'
        end as city_reason_code

    from ranked

),

numbers as (

    select
        period_start,
        legal_group,
        figure,
        city_code,
        category_code,
        base_count,
        customer_count,
        cast(null as numeric) as money_share,
        reason_code

    from counted

    where figure <> 'overlap'

    union all

    select
        period_start,
        legal_group,
        figure,
        city_code,
        category_code,
        base_count,
        customer_count,
        null as money_share,
        city_reason_code as reason_code

    from suppressed

    union all

    -- Each of the others may be the one who tells its part: all of them together are the peer group.
    select
        period_start,
        legal_group,
        'wallet' as figure,
        city_code,
        category_code,
        base_count,
        null as customer_count,
        round(cast(own_amount / nullif(own_amount + spend_total, 0) as numeric), 2) as money_share,
        case
            when persons_reason_code = 'few_customers' then 'few_customers'
            when own_amount <= 0 then 'no_own_figure'
            else {{ broken_rule(['spend'], rule('minimum_groups') ~ ' - 1') }}
        end as reason_code

    from persons

    where figure = 'also_shop' and own_amount is not null

),

bases as (

    select
        period_start,
        legal_group,
        audience,
        category_code,
        count(*) as base_count

    from {{ ref('audience_customers') }}

    group by period_start, legal_group, audience, category_code

),

-- Of fewer than 30 own customers nothing is told, not even whether one of them buys elsewhere.
few_own as (

    select
        bases.period_start,
        bases.legal_group,
        figures.figure,
        '*' as city_code,
        bases.category_code,
        'few_own_customers' as reason_code

    from bases

    cross join lateral (
        values ('month', 'also_shop'), ('month', 'wallet'), ('month', 'overlap'), ('lapsed', 'lapsed')
    ) as figures (audience, figure)

    where bases.audience = figures.audience and bases.base_count < {{ rule('minimum_customers') }}

),

history as (

    select min(business_date) as first_date from {{ ref('fct_bank_days') }}

),

without_history as (

    select distinct
        due.period_start,
        bases.legal_group,
        'lapsed' as figure,
        '*' as city_code,
        '*' as category_code,
        'no_history' as reason_code

    from due

    inner join bases on due.period_start = bases.period_start

    cross join history

    where coalesce(history.first_date > {{ months_before('due.period_start', 5) }}, true)

),

withheld_whole as (

    select * from few_own

    union all

    select * from without_history

),

made as (

    select
        period_start,
        legal_group,
        figure,
        city_code,
        category_code,
        {{ to_five('base_count') }} as base_count,
        case when reason_code is null then {{ to_five('customer_count') }} end as customer_count,
        case when reason_code is null then money_share end as money_share,
        case when reason_code is null then 'published' else 'withheld' end as status,
        reason_code

    from numbers

    union all

    select
        period_start,
        legal_group,
        figure,
        city_code,
        category_code,
        null as base_count,
        null as customer_count,
        null as money_share,
        'withheld' as status,
        reason_code

    from withheld_whole

),

standing as (

    select released.*

    from {{ source('benchmarks', 'audience_figures') }} as released

    inner join due on released.release_id = due.supersedes

),

final as (

    select
        period_start,
        legal_group,
        figure,
        city_code,
        category_code,
        base_count,
        customer_count,
        cast(cast(customer_count as numeric) / base_count as numeric(9, 6)) as customer_share,
        cast(money_share as numeric(4, 2)) as money_share,
        status,
        reason_code

    from made

    union all

    select
        period_start,
        legal_group,
        figure,
        city_code,
        category_code,
        base_count,
        customer_count,
        customer_share,
        money_share,
        status,
        reason_code

    from standing

)

select * from final
