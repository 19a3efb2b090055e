with

source as (

    select * from {{ source('raw', 'mcc') }}

),

newest as (

    select max(last_stated) as last_stated from source

),

codes as (

    select source.*

    from source

    inner join newest on source.last_stated = newest.last_stated

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
