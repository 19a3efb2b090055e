with

stories as (

    select
        *,
        row_number() over (partition by segment_number order by model_version desc) as newness

    from {{ source('predictions', 'segment_stories') }}

),

final as (

    select
        segment_number,
        segment_code,
        name_en,
        name_ru,
        advice_en,
        advice_ru

    from stories

    where newness = 1

)

select * from final
