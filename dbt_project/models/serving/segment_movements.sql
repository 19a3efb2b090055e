{% set unmade = {'en': 'Segments have not been made yet', 'ru': 'Сегменты ещё не построены'} %}
{% set unmoved = {
    'en': 'Nobody changed the segment in a whole month',
    'ru': 'За полный месяц никто не сменил сегмент',
} %}

with

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

loaded as (

    select cast(date_trunc('month', max(business_date)) as date) as month_start from {{ ref('fct_bank_days') }}

),

-- All who left a segment, and all who came into one, are totals that a reader may know from elsewhere.
judged as (

    select
        *,
        {{ weight_of_smaller('tenant_id, month_start, from_number', 'customer_count', 'to_number') }}
            as smaller_of_left,
        {{ weight_of_smaller('tenant_id, month_start, to_number', 'customer_count', 'from_number') }}
            as smaller_of_came

    from {{ ref('agg_tenant_segment_moves') }}

),

moves as (

    select
        tenant_id,
        month_start,
        from_number,
        to_number,
        customer_count,
        case
            when
                {{ is_withheld('customer_count', 'smaller_of_left') }}
                or {{ is_withheld('customer_count', 'smaller_of_came') }}
                then 'withheld'
            else 'published'
        end as status

    from judged

    union all

    select
        tenants.tenant_id,
        loaded.month_start,
        0 as from_number,
        0 as to_number,
        null as customer_count,
        'no_data' as status

    from tenants

    inner join loaded on loaded.month_start is not null

    where
        not exists (
            select 1 from judged
            where judged.tenant_id = tenants.tenant_id
        )

),

final as (

    select
        tenants.tenant_id,
        tenants.name as tenant_name,
        moves.month_start,
        moves.from_number,
        moves.to_number,
        coalesce(sources.name_en, 'All segments') as from_en,
        coalesce(sources.name_ru, 'Все сегменты') as from_ru,
        coalesce(targets.name_en, 'All segments') as to_en,
        coalesce(targets.name_ru, 'Все сегменты') as to_ru,
        cast(case when moves.status = 'published' then round(moves.customer_count / 5.0) * 5 end as bigint)
            as customer_count,
        moves.status,
        {% for language in ['en', 'ru'] %}
            case
                when moves.status <> 'no_data' then {{ reason_text('moves.status', 'true', language) }}
                when
                    exists (
                        select 1 from {{ ref('current_customer_segments') }}
                    )
                    then '{{ unmoved[language] }}'
                else '{{ unmade[language] }}'
            end as reason_{{ language }}{{ ',' if not loop.last }}
        {% endfor %}

    from moves

    inner join tenants on moves.tenant_id = tenants.tenant_id

    left join {{ ref('dim_segments') }} as sources on moves.from_number = sources.segment_number

    left join {{ ref('dim_segments') }} as targets on moves.to_number = targets.segment_number

)

select * from final
