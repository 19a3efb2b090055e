with

predictions as (

    select * from {{ source('predictions', 'category_priority') }}

),

moves as (

    select
        model_version,
        row_number() over (order by deployment_id desc) as move_rank

    from {{ source('predictions', 'deployments') }}

    where
        alias = 'champion'
        and model_name = 'category-priority'

),

newest as (

    select
        scorings.model_version,
        max(scorings.as_of) as newest_as_of

    from {{ source('predictions', 'scorings') }} as scorings

    inner join moves on scorings.model_version = moves.model_version

    where
        scorings.question = 'category_priority'
        and moves.move_rank = 1

    group by scorings.model_version

),

-- As predictions.category_priority_on: what a customer's newest scoring no longer keeps must not come back from an
-- older one.
ranked as (

    select
        predictions.*,
        newest.newest_as_of,
        rank() over (
            partition by predictions.horizon_days, predictions.customer_id
            order by predictions.as_of desc, predictions.scored_at desc
        ) as scoring_rank

    from predictions

    inner join newest
        on
            predictions.model_version = newest.model_version
            and predictions.as_of <= newest.newest_as_of
            and predictions.as_of > {{ add_days('newest.newest_as_of', -8) }}

),

final as (

    select
        as_of,
        horizon_days,
        customer_id,
        category_code,
        category_rank,
        purchase_probability,
        model_name,
        model_version

    from ranked

    where
        scoring_rank = 1
        and {{ add_days('as_of', 'carried_days') }} >= newest_as_of

)

select * from final
