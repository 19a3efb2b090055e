with

choices as (

    select 'main' as model_choice

    union distinct

    select model_choice from {{ ref('current_models') }}

),

final as (

    select
        model_choice,
        case model_choice when 'main' then 'Main model' else 'Alternative model' end as model_choice_en,
        case model_choice when 'main' then 'Основная модель' else 'Альтернативная модель' end as model_choice_ru

    from choices

)

select * from final
