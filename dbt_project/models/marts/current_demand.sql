with

predictions as (

    select * from {{ source('predictions', 'demand') }}

),

models as (

    select * from {{ ref('current_models') }}

),

-- A merchant may choose between forecasts of one day only: that of the champion's newest.
of_shown as (

    select
        predictions.*,
        models.model_choice,
        max(case when models.model_choice = 'main' then predictions.as_of end)
            over (partition by predictions.grain_code)
            as newest_as_of,
        row_number() over (
            partition by
                models.model_choice,
                predictions.as_of,
                predictions.legal_group,
                predictions.city_code,
                predictions.category_code,
                predictions.store_id,
                predictions.grain_code,
                predictions.period_start
            order by predictions.scored_at desc
        ) as scoring_rank

    from predictions

    inner join models
        on
            predictions.model_name = models.model_name
            and predictions.model_version = models.model_version

),

final as (

    select
        model_choice,
        as_of,
        legal_group,
        coalesce(city_code, '*') as city_code,
        coalesce(category_code, '*') as category_code,
        coalesce(store_id, 0) as store_id,
        grain_code,
        period_start,
        expected_amount,
        p10_amount,
        p90_amount

    from of_shown

    where
        as_of = newest_as_of
        and scoring_rank = 1

)

select * from final
