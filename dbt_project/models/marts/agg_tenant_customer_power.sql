with

purchases as (

    select
        purchases.*,
        windows.period_days

    from {{ ref('agg_tenant_window_purchases') }} as purchases

    inner join {{ ref('dim_report_windows') }} as windows on purchases.window_number = windows.window_number

    where
        windows.window_kind = 'current'
        and windows.period_days in (30, 90)

),

spend as (

    select * from {{ ref('agg_customer_recent_spend') }}

),

predictions as (

    select * from {{ ref('current_purchasing_power') }}

),

customers as (

    select
        tenant_id,
        customer_id

    from purchases

    where period_days = 90

    group by tenant_id, customer_id

    having sum(receipt_count) > 0

),

own_categories as (

    select
        tenant_id,
        category_code

    from {{ ref('agg_tenant_categories') }}

    where is_own

),

tenant_spend as (

    select
        purchases.tenant_id,
        purchases.customer_id,
        purchases.period_days,
        sum(purchases.revenue_amount) as amount,
        sum(case when own_categories.category_code is not null then purchases.revenue_amount else 0 end) as own_amount

    from purchases

    left join own_categories
        on
            purchases.tenant_id = own_categories.tenant_id
            and purchases.category_code = own_categories.category_code

    group by purchases.tenant_id, purchases.customer_id, purchases.period_days

),

whole_spend as (

    select
        customers.tenant_id,
        customers.customer_id,
        spend.period_days,
        sum(spend.spend_amount) as amount,
        sum(case when own_categories.category_code is not null then spend.spend_amount else 0 end) as own_amount

    from customers

    inner join spend on customers.customer_id = spend.customer_id

    left join own_categories
        on
            customers.tenant_id = own_categories.tenant_id
            and spend.category_code = own_categories.category_code

    group by customers.tenant_id, customers.customer_id, spend.period_days

),

horizons as (

    select distinct period_days as horizon_days from spend

),

joined as (

    select
        choices.model_choice,
        customers.tenant_id,
        customers.customer_id,
        horizons.horizon_days,
        predictions.expected_amount,
        predictions.model_name,
        predictions.model_version,
        coalesce(whole_spend.amount, 0) as current_amount,
        coalesce(whole_spend.own_amount, 0) as current_own_amount,
        coalesce(tenant_spend.amount, 0) as tenant_amount,
        coalesce(tenant_spend.own_amount, 0) as tenant_own_amount,
        recent.amount as recent_amount,
        recent.own_amount as recent_own_amount

    from customers

    cross join horizons

    cross join {{ ref('dim_model_choices') }} as choices

    left join predictions
        on
            choices.model_choice = predictions.model_choice
            and customers.customer_id = predictions.customer_id
            and horizons.horizon_days = predictions.horizon_days

    left join whole_spend
        on
            customers.tenant_id = whole_spend.tenant_id
            and customers.customer_id = whole_spend.customer_id
            and horizons.horizon_days = whole_spend.period_days

    left join whole_spend as recent
        on
            customers.tenant_id = recent.tenant_id
            and customers.customer_id = recent.customer_id
            and recent.period_days = 90

    left join tenant_spend
        on
            customers.tenant_id = tenant_spend.tenant_id
            and customers.customer_id = tenant_spend.customer_id
            and horizons.horizon_days = tenant_spend.period_days

),

-- The model predicts a customer's whole spend; its part in the tenant's categories is that of the last 90 days.
final as (

    select
        model_choice,
        tenant_id,
        customer_id,
        horizon_days,
        cast(expected_amount as numeric(18, 2)) as expected_amount,
        cast(
            expected_amount
            * case
                when recent_amount > 0 and recent_own_amount > 0 then least(1, recent_own_amount / recent_amount)
                else 0
            end
            as numeric(18, 2)
        ) as expected_own_amount,
        cast(current_amount as numeric(18, 2)) as current_amount,
        cast(current_own_amount as numeric(18, 2)) as current_own_amount,
        cast(tenant_amount as numeric(18, 2)) as tenant_amount,
        cast(tenant_own_amount as numeric(18, 2)) as tenant_own_amount,
        model_name,
        model_version

    from joined

)

select * from final
