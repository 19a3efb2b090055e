with

-- A correction repeats what was released: of its month nothing is counted again.
due as (

    select * from {{ source('benchmarks', 'due_months') }}
    where supersedes is null

),

months as (

    select distinct {{ months_before('due.period_start', 'back') }} as month_start

    from due

    cross join generate_series(0, 5) as back

),

stores as (

    select * from {{ ref('dim_stores') }}

),

final as (

    select
        {{ first_of_month('transactions.business_date') }} as month_start,
        stores.competitor_group as legal_group,
        stores.city_code,
        transactions.category_code,
        transactions.customer_id,
        sum(transactions.amount) as spend_amount,
        count(*) filter (where not transactions.is_refund) as receipt_count

    from {{ ref('fct_transactions') }} as transactions

    inner join stores on transactions.store_id = stores.store_id

    where
        transactions.business_date >= (select min(months.month_start) from months)
        and transactions.business_date < (select {{ months_before('max(months.month_start)', -1) }} from months)
        and {{ first_of_month('transactions.business_date') }} in (select months.month_start from months)

    group by
        {{ first_of_month('transactions.business_date') }},
        stores.competitor_group,
        stores.city_code,
        transactions.category_code,
        transactions.customer_id

)

select * from final
