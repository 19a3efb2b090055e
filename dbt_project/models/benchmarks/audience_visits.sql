with

customers as (

    select * from {{ ref('audience_customers') }}

),

purchases as (

    select * from {{ ref('audience_purchases') }}

),

at_others_in_month as (

    select
        customers.period_start,
        customers.legal_group,
        customers.audience,
        purchases.category_code,
        purchases.city_code,
        purchases.legal_group as other_group,
        purchases.customer_id,
        purchases.receipt_count,
        purchases.spend_amount

    from customers

    inner join purchases
        on
            customers.customer_id = purchases.customer_id
            and customers.period_start = purchases.month_start
            and customers.legal_group <> purchases.legal_group

    where customers.audience = 'month'

),

at_others_since_lapsed as (

    select
        customers.period_start,
        customers.legal_group,
        customers.audience,
        purchases.category_code,
        purchases.city_code,
        purchases.legal_group as other_group,
        purchases.customer_id,
        purchases.receipt_count,
        purchases.spend_amount

    from customers

    inner join purchases
        on
            customers.customer_id = purchases.customer_id
            and customers.category_code = purchases.category_code
            and customers.period_start >= purchases.month_start
            and {{ months_before('customers.period_start', 2) }} <= purchases.month_start
            and customers.legal_group <> purchases.legal_group

    where customers.audience = 'lapsed'

),

visits as (

    select * from at_others_in_month

    union all

    select * from at_others_since_lapsed

),

final as (

    select
        visits.period_start,
        visits.legal_group,
        figures.figure,
        figures.city_code,
        visits.category_code,
        visits.other_group,
        visits.customer_id,
        sum(visits.receipt_count) as receipt_count,
        sum(visits.spend_amount) as spend_amount

    from visits

    cross join lateral (
        values
        ('month', 'also_shop', '*'),
        ('month', 'overlap', visits.city_code),
        ('lapsed', 'lapsed', '*')
    ) as figures (audience, figure, city_code)

    where visits.audience = figures.audience

    group by
        visits.period_start,
        visits.legal_group,
        figures.figure,
        figures.city_code,
        visits.category_code,
        visits.other_group,
        visits.customer_id

)

select * from final
