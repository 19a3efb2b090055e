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

-- What a scoring no longer keeps must not come back from an older one: all rows are of one scoring.
scorings as (

    select
        scorings.as_of,
        scorings.model_version,
        scorings.scored_at,
        row_number() over (order by scorings.as_of desc, scorings.scored_at desc) as newness

    from {{ source('predictions', 'scorings') }} as scorings

    inner join moves on scorings.model_version = moves.model_version

    where
        scorings.question = 'category_priority'
        and moves.move_rank = 1

),

final as (

    select
        predictions.as_of,
        predictions.horizon_days,
        predictions.customer_id,
        predictions.category_code,
        predictions.category_rank,
        predictions.purchase_probability,
        predictions.model_name,
        predictions.model_version

    from predictions

    inner join scorings
        on
            predictions.as_of = scorings.as_of
            and predictions.model_version = scorings.model_version
            and predictions.scored_at = scorings.scored_at

    where scorings.newness = 1

)

select * from final
