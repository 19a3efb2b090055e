with

predictions as (

    select * from {{ source('predictions', 'demand') }}

),

moves as (

    select
        model_name,
        model_version,
        row_number() over (partition by model_name order by deployment_id desc) as move_rank

    from {{ source('predictions', 'deployments') }}

    where alias = 'champion'

),

of_champion as (

    select
        predictions.*,
        max(predictions.as_of) over (partition by predictions.grain_code) as newest_as_of,
        row_number() over (
            partition by
                predictions.as_of,
                predictions.legal_group,
                predictions.city_code,
                predictions.category_code,
                predictions.store_id,
                predictions.grain_code,
                predictions.period_start
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
        legal_group,
        coalesce(city_code, '*') as city_code,
        coalesce(category_code, '*') as category_code,
        coalesce(store_id, 0) as store_id,
        grain_code,
        period_start,
        expected_amount,
        p10_amount,
        p90_amount

    from of_champion

    where
        as_of = newest_as_of
        and scoring_rank = 1

)

select * from final
