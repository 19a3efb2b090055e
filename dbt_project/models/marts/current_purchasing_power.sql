with

moves as (

    select
        model_name,
        model_version,
        row_number() over (partition by model_name order by deployment_id desc) as move_rank

    from {{ source('predictions', 'deployments') }}

    where alias = 'champion'

),

newest as (

    select
        moves.model_name,
        moves.model_version,
        max(predictions.as_of) as newest_as_of

    from {{ source('predictions', 'purchasing_power') }} as predictions

    inner join moves
        on
            predictions.model_name = moves.model_name
            and predictions.model_version = moves.model_version

    where moves.move_rank = 1

    group by moves.model_name, moves.model_version

),

ranked as (

    select
        predictions.*,
        newest.newest_as_of,
        row_number() over (
            partition by predictions.horizon_days, predictions.customer_id
            order by predictions.as_of desc, predictions.scored_at desc
        ) as row_rank

    from {{ source('predictions', 'purchasing_power') }} as predictions

    inner join newest
        on
            predictions.model_name = newest.model_name
            and predictions.model_version = newest.model_version

    where predictions.as_of > {{ add_days('newest.newest_as_of', -31) }}

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

    from ranked

    where
        row_rank = 1
        and {{ add_days('as_of', 'carried_days') }} >= newest_as_of

)

select * from final
