with

models as (

    select * from {{ ref('models') }}

),

words as (

    select * from {{ ref('model_words') }}

),

champions as (

    select distinct on (model_name) *

    from {{ source('predictions', 'deployments') }}

    where
        alias = 'champion'
        -- what forecasts nothing has no health: segments
        and model_name not in (
            select code from words
            where kind = 'model'
        )

    order by model_name asc, deployment_id desc

),

newest as (

    select distinct on (model_name, model_version) *

    from {{ source('predictions', 'model_health') }}

    order by model_name asc, model_version asc, as_of desc

),

told as (

    select
        champions.model_name,
        champions.model_version,
        champions.learner,
        cast(champions.deployed_at as date) as deployed_date,
        newest.as_of,
        coalesce(newest.status, 'waiting') as status,
        coalesce(newest.reason_code, 'no_truth_yet') as reason_code,
        newest.figures ->> 'metric' as metric,
        newest.figures ->> 'horizon' as horizon_code,
        newest.figures ->> 'name' as moved_name,
        cast(newest.figures ->> 'windows' as integer) as windows,
        {% for figure in ['error', 'mean_error', 'deployed', 'coverage', 'promised', 'calibration_error', 'psi'] %}
            cast(newest.figures ->> '{{ figure }}' as numeric) as {{ figure }}{{ ',' if not loop.last }}
        {% endfor %}

    from champions

    left join newest
        on
            champions.model_name = newest.model_name
            and champions.model_version = newest.model_version

),

final as (

    select
        told.model_name,
        coalesce(models.name_en, told.model_name) as model_en,
        coalesce(models.name_ru, told.model_name) as model_ru,
        coalesce(learners.name_en, told.learner) as learner_en,
        coalesce(learners.name_ru, told.learner) as learner_ru,
        told.model_version,
        told.deployed_date,
        told.as_of,
        told.status,
        array_position(array['degraded', 'attention', 'waiting', 'stable'], told.status) as status_sort,
        statuses.name_en as status_en,
        statuses.name_ru as status_ru,
        told.status in ('degraded', 'attention') as needs_attention,
        {{ health_reason('told', 'horizons.name_en', 'coalesce(moved.name_en, told.moved_name)', 'en') }} as reason_en,
        {{ health_reason('told', 'horizons.name_ru', 'coalesce(moved.name_ru, told.moved_name)', 'ru') }} as reason_ru

    from told

    inner join words as statuses on statuses.kind = 'status' and told.status = statuses.code

    left join models on told.model_name = models.model_name

    left join words as learners on learners.kind = 'learner' and told.learner = learners.code

    left join words as horizons on horizons.kind = 'horizon' and told.horizon_code = horizons.code

    left join words as moved on moved.kind = 'distribution' and told.moved_name = moved.code

)

select * from final
