with

source as (

    select * from {{ source('raw', 'mcc') }}

),

codes as (

    select * from source
    where last_stated = (select max(source.last_stated) from source)

),

categories as (

    select * from {{ ref('stg_bank__categories') }}

),

final as (

    select
        codes.mcc,
        codes.description,
        coalesce(categories.category_code, 'other') as category_code

    from codes

    left join categories on codes.category_code = categories.category_code

)

select * from final
