with

known as (

    select * from {{ ref('cities') }}

),

spelt as (

    select * from {{ ref('int_city_spellings') }}

),

unknown as (

    select
        spelt.city_code,
        initcap(lower(min(spelt.city_name))) as city_name

    from spelt

    left join known on spelt.city_code = known.city_code

    where known.city_code is null

    group by spelt.city_code

),

final as (

    select
        city_code,
        name_en,
        name_ru,
        region_en,
        region_ru

    from known

    union all

    select
        city_code,
        city_name as name_en,
        city_name as name_ru,
        'Region not known' as region_en,
        'Регион не указан' as region_ru

    from unknown

)

select * from final
