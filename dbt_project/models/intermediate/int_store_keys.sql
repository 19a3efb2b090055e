with

spellings as (

    select * from {{ ref('stg_bank__store_spellings') }}

),

cities as (

    select * from {{ ref('int_city_spellings') }}

),

final as (

    select
        spellings.spelling_id,
        spellings.merchant_name,
        spellings.city_spelling,
        cities.city_code,
        {{ hash_id("spellings.merchant_name || '|' || cities.city_code") }} as store_id

    from spellings

    inner join cities on spellings.city_spelling = cities.city_spelling

)

select * from final
