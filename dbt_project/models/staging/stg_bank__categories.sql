with

source as (

    select * from {{ source('raw', 'categories') }}

),

newest as (

    select max(last_stated) as last_stated from source

),

final as (

    select
        source.category_code,
        source.name_en,
        source.name_ru,
        source.category_group

    from source

    inner join newest on source.last_stated = newest.last_stated

)

select * from final
