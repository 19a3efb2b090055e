with

predictions as (

    select * from {{ source('predictions', 'purchasing_power') }}

),

models as (

    select * from {{ ref('current_models') }}

),

-- A merchant may choose between forecasts of one day only: that of the champion's newest.
newest as (

    select max(predictions.as_of) as newest_as_of

    from predictions

    inner join models
        on
            predictions.model_name = models.model_name
            and predictions.model_version = models.model_version

    where models.model_choice = 'main'

),

ranked as (

    select
        predictions.*,
        models.model_choice,
        newest.newest_as_of,
        row_number() over (
            partition by models.model_choice, predictions.horizon_days, predictions.customer_id
            order by predictions.as_of desc, predictions.scored_at desc
        ) as row_rank

    from predictions

    inner join models
        on
            predictions.model_name = models.model_name
            and predictions.model_version = models.model_version

    inner join newest
        on
            predictions.as_of <= newest.newest_as_of
            and predictions.as_of > {{ add_days('newest.newest_as_of', -31) }}

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

    from ranked

    where
        row_rank = 1
        and {{ add_days('as_of', 'carried_days') }} >= newest_as_of

)

select * from final
