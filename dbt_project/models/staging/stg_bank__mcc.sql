with

codes as (

    select * from {{ source('raw', 'mcc') }}

),

categories as (

    select * from {{ source('raw', 'categories') }}

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
