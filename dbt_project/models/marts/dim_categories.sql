with

described as (

    select * from {{ ref('stg_bank__categories') }}

),

final as (

    select
        category_code,
        name_en,
        name_ru,
        category_group

    from described

    union all

    select
        'other' as category_code,
        'Other' as name_en,
        'Прочее' as name_ru,
        'other' as category_group

    where
        not exists (
            select 1 from described
            where described.category_code = 'other'
        )

)

select * from final
