with

aliases as (

    select * from {{ ref('city_aliases') }}

),

spelt as (

    select city_spelling from {{ ref('stg_bank__store_spellings') }}

    union distinct

    select city_spelling from {{ ref('stg_bank__stores') }}
    where city_spelling is not null

),

normalised as (

    select
        city_spelling,
        {{ normalised_city('city_spelling') }} as city_name

    from spelt

),

final as (

    select
        normalised.city_spelling,
        normalised.city_name,
        coalesce(aliases.city_code, lower(replace(normalised.city_name, ' ', '_'))) as city_code

    from normalised

    left join aliases on normalised.city_name = aliases.spelling

)

select * from final
