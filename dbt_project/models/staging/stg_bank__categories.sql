with

source as (

    select * from {{ source('raw', 'categories') }}

),

final as (

    select
        category_code,
        name_en,
        name_ru,
        category_group

    from source

    where last_stated = (select max(source.last_stated) from source)

)

select * from final
