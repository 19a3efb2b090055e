with

moves as (

    select
        model_name,
        model_version,
        alias,
        row_number() over (partition by model_name, alias order by deployment_id desc) as move_rank

    from {{ source('predictions', 'deployments') }}

    where alias in ('champion', 'challenger')

),

champions as (

    select
        model_name,
        model_version

    from moves

    where
        alias = 'champion'
        and move_rank = 1

),

challengers as (

    select
        moves.model_name,
        moves.model_version

    from moves

    inner join champions on moves.model_name = champions.model_name

    where
        moves.alias = 'challenger'
        and moves.move_rank = 1
        and moves.model_version <> champions.model_version
        and {{ 'true' if var('show_challenger') else 'false' }}

),

final as (

    select
        model_name,
        'main' as model_choice,
        model_version

    from champions

    union all

    select
        model_name,
        'alternative' as model_choice,
        model_version

    from challengers

)

select * from final
