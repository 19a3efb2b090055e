{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with

transactions as (

    select * from {{ ref('stg_bank__transactions') }}
    where {{ in_window('business_date') }}

),

spellings as (

    select distinct
        merchant_name,
        city_spelling

    from transactions

),

final as (

    select
        spellings.merchant_name,
        spellings.city_spelling

    from spellings

    {% if is_incremental() %}
    left join {{ this }} as known
        on
            spellings.merchant_name = known.merchant_name
            and spellings.city_spelling = known.city_spelling

    where known.merchant_name is null
    {% endif %}

)

select * from final
