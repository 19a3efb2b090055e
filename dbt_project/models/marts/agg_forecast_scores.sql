with

scores as (

    select * from {{ source('predictions', 'forecast_scores') }}

),

deployed as (

    select
        model_name,
        model_version,
        max(deployment_id) as deployment_id

    from {{ source('predictions', 'deployments') }}

    where alias = 'champion'

    group by model_name, model_version

),

figures as (

    select
        model_name,
        model_version,
        as_of,
        horizon_code,
        legal_group,
        size_band,
        max(unit_count) as unit_count,
        max(case when metric = 'wape' then value end) as wape,
        max(case when metric = 'brier' then value end) as brier,
        max(case when metric = 'baseline_wape' then value end) as baseline_wape,
        max(case when metric = 'baseline_brier' then value end) as baseline_brier,
        max(case when metric = 'coverage' then value end) as coverage,
        max(case when metric = 'coverage_nominal' then value end) as coverage_nominal,
        max(case when metric = 'gini' then value end) as gini,
        max(case when metric = 'ks' then value end) as ks

    from scores

    group by model_name, model_version, as_of, horizon_code, legal_group, size_band

),

final as (

    select
        figures.model_name,
        figures.model_version,
        figures.as_of,
        figures.horizon_code,
        figures.legal_group,
        figures.size_band,
        coalesce(figures.brier, figures.wape) as error,
        case when figures.brier is null then figures.baseline_wape else figures.baseline_brier end as baseline_error,
        figures.coverage,
        figures.coverage_nominal,
        figures.gini,
        figures.ks,
        figures.unit_count,
        deployed.deployment_id is null as is_challenger,
        deployed.deployment_id is not null
        and row_number() over (
            partition by
                figures.model_name,
                figures.as_of,
                figures.horizon_code,
                figures.legal_group,
                figures.size_band
            order by coalesce(deployed.deployment_id, 0) desc
        ) = 1 as is_of_record

    from figures

    left join deployed
        on
            figures.model_name = deployed.model_name
            and figures.model_version = deployed.model_version

)

select * from final
