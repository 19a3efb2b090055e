with

final as (

    select
        store_id,
        merchant_name,
        coalesce(store_name, initcap(lower(merchant_name))) as store_name,
        legal_group,
        competitor_group,
        city_code

    from {{ ref('int_store_entities') }}

)

select * from final
