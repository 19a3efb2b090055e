with

predictions as (

    select * from {{ source('predictions', 'purchasing_power') }}

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
            over (partition by predictions.horizon_days)
            as newest_as_of,
        row_number() over (
            partition by models.model_choice, predictions.horizon_days, predictions.as_of, predictions.customer_id
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
        horizon_days,
        customer_id,
        expected_amount,
        model_name,
        model_version,
        run_id

    from of_shown

    where
        as_of = newest_as_of
        and scoring_rank = 1

)

select * from final
