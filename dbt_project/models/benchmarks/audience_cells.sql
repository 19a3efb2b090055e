with

customers as (

    select * from {{ ref('audience_customers') }}

),

visits as (

    select * from {{ ref('audience_visits') }}
    where receipt_count > 0

),

bases as (

    select
        period_start,
        legal_group,
        audience,
        category_code,
        count(*) as base_count

    from customers

    group by period_start, legal_group, audience, category_code

),

-- What the viewer's customers of the month spent at itself.
own as (

    select
        customers.period_start,
        customers.legal_group,
        purchases.category_code,
        cast(sum(purchases.spend_amount) as double precision) as own_amount

    from customers

    inner join {{ ref('audience_purchases') }} as purchases
        on
            customers.customer_id = purchases.customer_id
            and customers.period_start = purchases.month_start
            and customers.legal_group = purchases.legal_group

    where customers.audience = 'month'

    group by customers.period_start, customers.legal_group, purchases.category_code

    having sum(purchases.receipt_count) > 0

),

counts as (

    select
        period_start,
        legal_group,
        figure,
        city_code,
        category_code,
        count(distinct customer_id) as customer_count

    from visits

    group by period_start, legal_group, figure, city_code, category_code

),

-- Between its parts: who bought in two cities or more is in the union of the cities once.
in_many_cities as (

    select
        period_start,
        legal_group,
        category_code,
        count(*) as many_cities_count

    from (
        select
            period_start,
            legal_group,
            category_code,
            customer_id

        from visits

        where figure = 'overlap'

        group by period_start, legal_group, category_code, customer_id

        having count(distinct city_code) > 1
    ) as travellers

    group by period_start, legal_group, category_code

),

sums as (

    select
        period_start,
        legal_group,
        figure,
        city_code,
        category_code,
        sum(receipts) as receipts,
        count(*) filter (where customers > 0) as customers_groups,
        {{ contributors('spend') }}

    from {{ ref('audience_parts') }}

    group by period_start, legal_group, figure, city_code, category_code

),

cells as (

    select
        counts.*,
        bases.base_count,
        sums.receipts,
        sums.customers_groups,
        sums.spend_groups,
        sums.spend_total,
        sums.spend_largest

    from counts

    inner join sums
        on
            counts.period_start = sums.period_start
            and counts.legal_group = sums.legal_group
            and counts.figure = sums.figure
            and counts.city_code = sums.city_code
            and counts.category_code = sums.category_code

    inner join bases
        on
            counts.period_start = bases.period_start
            and counts.legal_group = bases.legal_group
            and bases.audience = case when counts.figure = 'lapsed' then 'lapsed' else 'month' end
            and bases.category_code = case when counts.figure = 'lapsed' then counts.category_code else '*' end

),

final as (

    select
        cells.*,
        coalesce(in_many_cities.many_cities_count, 0) as many_cities_count,
        own.own_amount

    from cells

    left join in_many_cities
        on
            cells.period_start = in_many_cities.period_start
            and cells.legal_group = in_many_cities.legal_group
            and cells.category_code = in_many_cities.category_code

    left join own
        on
            cells.period_start = own.period_start
            and cells.legal_group = own.legal_group
            and cells.category_code = own.category_code

)

select * from final
