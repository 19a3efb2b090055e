with

source as (

    select * from {{ source('raw', 'stores') }}

),

final as (

    select
        upper(trim(merchant_name)) as merchant_name,
        nullif(trim(city), '') as city_spelling,
        trim(store_name) as store_name,
        nullif(trim(legal_group), '') as legal_group,
        valid_from,
        row_number() over (partition by merchant_name, city order by valid_from desc) = 1 as is_current

    from source

)

select * from final
