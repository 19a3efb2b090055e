{% set least = var('minimum_customers') %}

with

bank as (

    select {{ currency_symbol('max(currency_code)') }} as symbol from {{ source('ingest', 'bank') }}

),

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

predictions as (

    select * from {{ ref('current_purchasing_power') }}

),

horizons (horizon_days, horizon_en, horizon_ru) as (

    values
        (30, 'Next 30 days', 'Следующие 30 дней'),
        (90, 'Next 90 days', 'Следующие 90 дней')

),

-- The bands are fifths of all the bank's customers, with edges of two significant digits.
fifths as (

    select
        predictions.model_choice,
        predictions.horizon_days,
        fifth.part,
        percentile_cont(fifth.part / 5.0) within group (order by predictions.expected_amount) as edge

    from predictions

    cross join generate_series(1, 4) as fifth (part)

    group by predictions.model_choice, predictions.horizon_days, fifth.part

),

edges as (

    select
        model_choice,
        horizon_days,
        part,
        round(cast(edge as numeric), 1 - cast(floor(log(greatest(cast(edge as numeric), 1))) as integer)) as edge

    from fifths

),

bands as (

    select
        choices.model_choice,
        horizons.horizon_days,
        bands.band_sort,
        lower_edge.edge as low_amount,
        upper_edge.edge as high_amount

    from horizons

    cross join {{ ref('dim_model_choices') }} as choices

    cross join generate_series(1, 5) as bands (band_sort)

    left join edges as lower_edge
        on
            choices.model_choice = lower_edge.model_choice
            and horizons.horizon_days = lower_edge.horizon_days
            and bands.band_sort - 1 = lower_edge.part

    left join edges as upper_edge
        on
            choices.model_choice = upper_edge.model_choice
            and horizons.horizon_days = upper_edge.horizon_days
            and bands.band_sort = upper_edge.part

    where
        exists (
            select 1 from edges as own
            where
                own.model_choice = choices.model_choice
                and own.horizon_days = horizons.horizon_days
        )

),

counted as (

    select
        customers.tenant_id,
        customers.model_choice,
        customers.horizon_days,
        bands.band_sort,
        count(*) as customer_count

    from {{ ref('agg_tenant_customer_power') }} as customers

    inner join bands
        on
            customers.model_choice = bands.model_choice
            and customers.horizon_days = bands.horizon_days
            and customers.expected_amount >= coalesce(bands.low_amount, customers.expected_amount)
            and (bands.high_amount is null or customers.expected_amount < bands.high_amount)

    group by customers.tenant_id, customers.model_choice, customers.horizon_days, bands.band_sort

),

totals as (

    select
        *,
        sum(customer_count) over (partition by tenant_id, model_choice, horizon_days) as base_count,
        {{ weight_of_smaller('tenant_id, model_choice, horizon_days', 'customer_count', 'band_sort') }} as smaller_count

    from counted

),

pages as (

    select
        tenants.tenant_id,
        tenants.name as tenant_name,
        choices.*,
        horizons.*,
        coalesce(bands.band_sort, 0) as band_sort,
        bands.low_amount,
        bands.high_amount,
        totals.customer_count,
        totals.base_count,
        case
            when bands.band_sort is null then 'no_data'
            when totals.customer_count is null then 'published'
            when {{ is_withheld('totals.customer_count', 'totals.smaller_count') }} then 'withheld'
            else 'published'
        end as status

    from tenants

    cross join {{ ref('dim_model_choices') }} as choices

    cross join horizons

    left join bands
        on
            choices.model_choice = bands.model_choice
            and horizons.horizon_days = bands.horizon_days

    left join totals
        on
            tenants.tenant_id = totals.tenant_id
            and choices.model_choice = totals.model_choice
            and horizons.horizon_days = totals.horizon_days
            and bands.band_sort = totals.band_sort

),

final as (

    select
        pages.tenant_id,
        pages.tenant_name,
        pages.model_choice,
        pages.model_choice_en,
        pages.model_choice_ru,
        pages.horizon_days,
        pages.horizon_en,
        pages.horizon_ru,
        pages.band_sort,
        {% for language, everybody, below, above in [
            ('en', 'All customers', 'below ', ' and more'),
            ('ru', 'Все покупатели', 'до ', ' и больше'),
        ] %}
            {% set low = money_text('pages.low_amount', 'bank.symbol', language) %}
            {% set high = money_text('pages.high_amount', 'bank.symbol', language) %}
            case
                when pages.band_sort = 0 then '{{ everybody }}'
                when pages.low_amount is null then '{{ below }}' || {{ high }}
                when pages.high_amount is null then {{ low }} || '{{ above }}'
                else {{ low }} || ' – ' || {{ high }}
            end as band_{{ language }},
        {% endfor %}
        case when pages.status = 'published' then coalesce(pages.customer_count, 0) end as customer_count,
        cast(
            case
                when pages.status = 'published' and coalesce(pages.base_count, 0) > 0
                    then cast(pages.customer_count as numeric) / pages.base_count
                when pages.status = 'published' then 0
            end as numeric(9, 6)
        ) as customer_share,
        pages.status,
        {{ power_reason_text('pages.status', 'pages.band_sort = 0', 'pages.model_choice', 'en') }} as reason_en,
        {{ power_reason_text('pages.status', 'pages.band_sort = 0', 'pages.model_choice', 'ru') }} as reason_ru

    from pages

    cross join bank

)

select * from final
