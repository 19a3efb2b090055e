with

source as (

    select * from {{ source('raw', 'store_spellings') }}

),

final as (

    select
        spelling_id,
        upper(trim(merchant_name)) as merchant_name,
        city as city_spelling

    from source

)

select * from final
