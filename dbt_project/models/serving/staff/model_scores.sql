with

scores as (

    select * from {{ ref('agg_forecast_scores') }}
    where legal_group = '*'

),

models as (

    select * from {{ ref('models') }}

),

words as (

    select * from {{ ref('model_words') }}

),

deployed as (

    select distinct on (model_name, model_version) *

    from {{ source('predictions', 'deployments') }}

    where alias = 'champion'

    order by model_name asc, model_version asc, deployment_id desc

),

final as (

    select
        scores.model_name,
        coalesce(models.name_en, scores.model_name) as model_en,
        coalesce(models.name_ru, scores.model_name) as model_ru,
        coalesce(models.model_sort, 0) as model_sort,
        scores.model_version,
        scores.as_of,
        scores.horizon_code,
        coalesce(horizons.name_en, scores.horizon_code) as horizon_en,
        coalesce(horizons.name_ru, scores.horizon_code) as horizon_ru,
        scores.size_band,
        array_position(array['all', 'small', 'medium', 'large'], scores.size_band) as size_sort,
        sizes.name_en as size_en,
        sizes.name_ru as size_ru,
        cast(scores.error as numeric(12, 6)) as error,
        cast(scores.baseline_error as numeric(12, 6)) as baseline_error,
        cast(deployed.metrics ->> (models.metric || '_' || scores.horizon_code) as numeric(12, 6)) as deployed_error,
        cast(scores.coverage_nominal as numeric(9, 6)) as coverage_nominal,
        cast(scores.coverage as numeric(9, 6)) as coverage,
        cast(scores.gini as numeric(9, 6)) as gini,
        cast(scores.ks as numeric(9, 6)) as ks,
        scores.unit_count,
        scores.is_of_record,
        scores.is_of_record
        and scores.as_of
        = max(scores.as_of) over (partition by scores.model_name, scores.horizon_code, scores.is_of_record) as is_newest

    from scores

    inner join words as sizes on sizes.kind = 'size' and scores.size_band = sizes.code

    left join words as horizons on horizons.kind = 'horizon' and scores.horizon_code = horizons.code

    left join models on scores.model_name = models.model_name

    left join deployed
        on
            scores.model_name = deployed.model_name
            and scores.model_version = deployed.model_version

)

select * from final
