with

models as (

    select * from {{ ref('models') }}

),

words as (

    select * from {{ ref('model_words') }}

),

deployments as (

    select * from {{ source('predictions', 'deployments') }}
    where alias = 'champion'

),

measured as (

    select
        deployments.*,
        models.name_en,
        models.name_ru,
        models.metric,
        cast(deployments.metrics ->> (models.metric || '_' || models.horizon_code) as numeric) as error,
        max(deployments.deployment_id) over (partition by deployments.model_name) as newest_id

    from deployments

    left join models on deployments.model_name = models.model_name

),

final as (

    select
        measured.deployment_id,
        measured.model_name,
        coalesce(measured.name_en, names.name_en, measured.model_name) as model_en,
        coalesce(measured.name_ru, names.name_ru, measured.model_name) as model_ru,
        measured.model_version,
        coalesce(learners.name_en, measured.learner) as learner_en,
        coalesce(learners.name_ru, measured.learner) as learner_ru,
        cast(measured.deployed_at as date) as deployed_date,
        measured.as_of,
        measured.deployment_id = measured.newest_id as is_in_charge,
        case measured.deployed_by when 'dagster' then 'Pipeline' else measured.deployed_by end as deployed_by_en,
        case measured.deployed_by when 'dagster' then 'Конвейер' else measured.deployed_by end as deployed_by_ru,
        {% for language, contest, figure, unseen in [
            ('en', 'Outcome of the contest', ': error ', ' on days that it had not seen'),
            ('ru', 'Итог конкурса', ': ошибка ', ' на днях, которых модель не видела'),
        ] %}
            case
                when measured.deployed_by <> 'dagster' then measured.reason
                when measured.error is null then '{{ contest }}.'
                else '{{ contest }}{{ figure }}' || {{ error_text('measured.metric', 'measured.error', language) }}
                    || '{{ unseen }}.'
            end as reason_{{ language }}{{ ',' if not loop.last }}
        {% endfor %}

    from measured

    left join words as learners on learners.kind = 'learner' and measured.learner = learners.code

    left join words as names on names.kind = 'model' and measured.model_name = names.code

)

select * from final
