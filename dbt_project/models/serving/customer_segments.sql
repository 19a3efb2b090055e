{% set unmade = {'en': 'Segments have not been made yet', 'ru': 'Сегменты ещё не построены'} %}
{% set least = var('minimum_customers') %}

with

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

periods (period_days, period_sort, period_en, period_ru) as (

    {{ period_labels() }}

),

bank as (

    select
        segment_number,
        count(*) as customer_count

    from {{ ref('current_customer_segments') }}

    group by segment_number

),

bank_counted as (

    select
        segment_number,
        customer_count,
        sum(customer_count) over () as base_count,
        {{ weight_of_smaller('true', 'customer_count', 'segment_number') }} as smaller_count

    from bank

),

-- Who was not assigned yet is a segment of his own, so that shares add up.
segments as (

    select
        stories.*,
        case
            when not {{ is_withheld('bank_counted.customer_count', 'bank_counted.smaller_count') }}
                then bank_counted.customer_count / bank_counted.base_count
        end as bank_share

    from bank_counted

    inner join {{ ref('dim_segments') }} as stories on bank_counted.segment_number = stories.segment_number

    union all

    select
        0 as segment_number,
        'unassigned' as segment_code,
        'Not assigned yet' as name_en,
        'Ещё не распределены' as name_ru,
        'They bought after segments were last made: wait for the next day.' as advice_en,
        'Купили после последнего распределения по сегментам: подождите до завтра.' as advice_ru,
        null as bank_share

    where
        exists (
            select 1 from bank
        )

),

counted as (

    select
        *,
        sum(customer_count) over (partition by tenant_id, period_days) as base_count,
        sum(revenue_amount) over (partition by tenant_id, period_days) as base_amount,
        {{ weight_of_smaller('tenant_id, period_days', 'customer_count', 'segment_number') }} as smaller_count

    from {{ ref('agg_tenant_segments') }}

),

bases as (

    select
        tenant_id,
        period_days,
        sum(customer_count) as base_count

    from {{ ref('agg_tenant_segments') }}

    group by tenant_id, period_days

),

pages as (

    select
        tenants.tenant_id,
        tenants.name as tenant_name,
        periods.*,
        coalesce(segments.segment_number, 0) as segment_number,
        coalesce(segments.segment_code, 'all') as segment_code,
        coalesce(segments.name_en, 'All customers') as segment_en,
        coalesce(segments.name_ru, 'Все покупатели') as segment_ru,
        segments.advice_en,
        segments.advice_ru,
        segments.bank_share,
        coalesce(counted.customer_count, 0) as customer_count,
        coalesce(counted.receipt_count, 0) as receipt_count,
        coalesce(counted.revenue_amount, 0) as revenue_amount,
        counted.base_count,
        counted.base_amount,
        segments.segment_number is null as is_unmade,
        case
            when segments.segment_number is null or coalesce(bases.base_count, 0) = 0 then 'no_data'
            when bases.base_count < {{ least }} then 'withheld'
            when counted.segment_number is null then 'published'
            when {{ is_withheld('counted.customer_count', 'counted.smaller_count') }} then 'withheld'
            else 'published'
        end as status

    from tenants

    inner join periods on periods.period_days in (90, 365)

    left join segments on true

    left join bases
        on
            tenants.tenant_id = bases.tenant_id
            and periods.period_days = bases.period_days

    left join counted
        on
            tenants.tenant_id = counted.tenant_id
            and periods.period_days = counted.period_days
            and segments.segment_number = counted.segment_number

    where
        segments.segment_number is distinct from 0
        or counted.segment_number is not null

),

final as (

    select
        tenant_id,
        tenant_name,
        period_days,
        period_sort,
        period_en,
        period_ru,
        segment_number,
        segment_code,
        segment_en,
        segment_ru,
        advice_en,
        advice_ru,
        {% for expression, name, type in [
            ('customer_count', 'customer_count', 'bigint'),
            ('coalesce(customer_count / nullif(base_count, 0), 0)', 'customer_share', 'numeric(9, 6)'),
            ('revenue_amount', 'revenue_amount', 'numeric(18, 2)'),
            ('coalesce(case when base_amount > 0 then revenue_amount / base_amount end, 0)', 'revenue_share', 'numeric(12, 6)'),
            ('revenue_amount / nullif(receipt_count, 0)', 'average_bill_amount', 'numeric(18, 2)'),
            ('bank_share', 'bank_share', 'numeric(9, 6)'),
        ] %}
            cast(case when status = 'published' then {{ expression }} end as {{ type }}) as {{ name }},
        {% endfor %}
        status,
        {% for language in ['en', 'ru'] %}
            case when is_unmade then '{{ unmade[language] }}' else {{ reason_text('status', 'true', language) }} end
                as reason_{{ language }}{{ ',' if not loop.last }}
        {% endfor %}

    from pages

)

select * from final
