with

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

bank as (

    select
        max(name_en) as source_en,
        max(name_ru) as source_ru,
        max(currency_code) as currency_code,
        coalesce(bool_or(is_synthetic), false) as is_synthetic

    from {{ source('ingest', 'bank') }}

),

loaded as (

    select max(last_date) as loaded_until from {{ ref('dim_report_windows') }}

),

predicted as (

    select max(as_of) as predicted_as_of from {{ ref('current_purchasing_power') }}

),

facts as (

    select
        tenants.tenant_id,
        tenants.name as tenant_name,
        loaded.loaded_until,
        now() as published_at,
        predicted.predicted_as_of,
        coalesce(bank.source_en, 'The bank') as source_en,
        coalesce(bank.source_ru, 'Банк') as source_ru,
        bank.is_synthetic,
        bank.currency_code

    from tenants

    cross join bank

    cross join loaded

    cross join predicted

),

final as (

    select
        *,
        source_en || case when is_synthetic then ' (synthetic data)' else '' end || ': '
        || coalesce('purchases until ' || to_char(loaded_until, 'YYYY-MM-DD'), 'no purchases are loaded yet')
        || coalesce('; forecast made on data until ' || to_char(predicted_as_of, 'YYYY-MM-DD'), '; no forecast yet')
        || '.' as line_en,
        source_ru || case when is_synthetic then ' (синтетические данные)' else '' end || ': '
        || coalesce('покупки по ' || to_char(loaded_until, 'DD.MM.YYYY'), 'покупки ещё не загружены')
        || coalesce('; прогноз по данным на ' || to_char(predicted_as_of, 'DD.MM.YYYY'), '; прогноза пока нет')
        || '.' as line_ru

    from facts

)

select * from final
