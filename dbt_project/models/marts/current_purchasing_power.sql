with

predictions as (

    select * from {{ source('predictions', 'purchasing_power') }}

),

moves as (

    select
        model_name,
        model_version,
        metrics,
        row_number() over (partition by model_name order by deployment_id desc) as move_rank

    from {{ source('predictions', 'deployments') }}

    where alias = 'champion'

),

of_champion as (

    select
        predictions.*,
        max(predictions.as_of) over (partition by predictions.horizon_days) as newest_as_of,
        row_number() over (
            partition by predictions.horizon_days, predictions.as_of, predictions.customer_id
            order by predictions.scored_at desc, predictions.model_version desc
        ) as scoring_rank

    from predictions

    inner join moves
        on
            predictions.model_name = moves.model_name
            and predictions.model_version = moves.model_version

    where moves.move_rank = 1

),

final as (

    select
        as_of,
        horizon_days,
        customer_id,
        expected_amount,
        model_name,
        model_version,
        run_id

    from of_champion

    where
        as_of = newest_as_of
        and scoring_rank = 1

)

select * from final
