{% set words = {
    'no_data': {'en': 'not yet known', 'ru': 'пока неизвестно'},
    'withheld': {'en': 'fewer than %s customers', 'ru': 'меньше %s покупателей'},
    'share': {'en': ' of the amount', 'ru': ' от суммы'},
    'closer': {'en': ' closer than one chance for all', 'ru': ' точнее одной вероятности для всех'},
    'no_closer': {'en': 'no closer than one chance for all', 'ru': 'не точнее одной вероятности для всех'},
} %}
{% set least = var('minimum_customers') %}

with

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

models as (

    select * from {{ ref('models') }}

),

horizons as (

    select * from {{ ref('model_words') }}
    where kind = 'horizon'

),

asked (model_name, horizon_code, is_of_customers) as (

    values
        ('purchasing-power', '30', true),
        ('purchasing-power', '90', true),
        ('retention', '30', true),
        ('retention', '60', true),
        ('retention', '90', true),
        ('demand', 'day', false),
        ('demand', 'week', false)

),

-- Of two challengers that forecast on one day, the newer.
chosen_scores as (

    select
        *,
        case when is_challenger then 'alternative' else 'main' end as model_choice,
        row_number() over (
            partition by legal_group, model_name, horizon_code, as_of, is_challenger
            order by model_version desc
        ) as version_rank

    from {{ ref('agg_forecast_scores') }}

    where
        (is_of_record or is_challenger)
        and size_band = 'all'
        and error is not null

),

scores as (

    select
        *,
        row_number() over (partition by model_choice, legal_group, model_name, horizon_code order by as_of desc)
            as newness,
        count(*) over (partition by model_choice, legal_group, model_name, horizon_code) as forecast_count

    from chosen_scores

    where version_rank = 1

),

-- What a contest measured on days that the version had not seen, over all merchants.
contests as (

    select distinct on (versions.model_name, versions.model_choice)
        versions.model_name,
        versions.model_choice,
        deployments.metrics

    from {{ ref('current_models') }} as versions

    inner join {{ source('predictions', 'deployments') }} as deployments
        on
            versions.model_name = deployments.model_name
            and versions.model_version = deployments.model_version

    order by versions.model_name asc, versions.model_choice asc, deployments.deployment_id desc

),

judged as (

    select
        tenants.tenant_id,
        tenants.name as tenant_name,
        models.model_sort,
        models.model_name,
        models.name_en,
        models.name_ru,
        models.metric,
        asked.horizon_code,
        horizons.name_en as horizon_en,
        horizons.name_ru as horizon_ru,
        choices.model_choice,
        choices.model_choice_en,
        choices.model_choice_ru,
        cast(contests.metrics ->> (models.metric || '_' || asked.horizon_code) as numeric) as contest_error,
        cast(contests.metrics ->> ('leaving_' || asked.horizon_code) as numeric) as leaving_share,
        scores.as_of,
        cast(scores.error as numeric) as error,
        cast(1 - scores.error / nullif(scores.baseline_error, 0) as numeric) as skill,
        scores.coverage_nominal,
        scores.coverage,
        coalesce(scores.forecast_count, 0) as forecast_count,
        case
            when scores.error is null then 'no_data'
            when asked.is_of_customers and scores.unit_count < {{ least }} then 'withheld'
            else 'published'
        end as status

    from tenants

    cross join asked

    cross join {{ ref('dim_model_choices') }} as choices

    inner join models on asked.model_name = models.model_name

    inner join horizons on asked.horizon_code = horizons.code

    left join scores
        on
            tenants.legal_group = scores.legal_group
            and asked.model_name = scores.model_name
            and asked.horizon_code = scores.horizon_code
            and choices.model_choice = scores.model_choice
            and scores.newness = 1

    left join contests
        on
            asked.model_name = contests.model_name
            and choices.model_choice = contests.model_choice

),

-- A chance is held against the forecast that gives everybody the same one.
told as (

    select
        *,
        1 - contest_error / nullif(leaving_share * (1 - leaving_share), 0) as contest_skill

    from judged

),

final as (

    select
        tenant_id,
        tenant_name,
        model_name as forecast_code,
        model_sort as forecast_sort,
        name_en as forecast_en,
        name_ru as forecast_ru,
        horizon_code,
        horizon_en,
        horizon_ru,
        model_choice,
        model_choice_en,
        model_choice_ru,
        case when status = 'published' then as_of end as as_of,
        cast(case when status = 'published' then error end as numeric(12, 6)) as error,
        {% for language in ['en', 'ru'] %}
            case
                when status = 'no_data' then '{{ words.no_data[language] }}'
                when status = 'withheld' then '{{ words.withheld[language] % least }}'
                when metric <> 'brier' then {{ percent_text('error', language) }} || '{{ words.share[language] }}'
                when skill > 0 then {{ percent_text('skill', language) }} || '{{ words.closer[language] }}'
                else '{{ words.no_closer[language] }}'
            end as error_{{ language }},
        {% endfor %}
        cast(contest_error as numeric(12, 6)) as contest_error,
        {% for language in ['en', 'ru'] %}
            case
                when contest_error is null then null
                when metric <> 'brier'
                    then {{ percent_text('contest_error', language) }} || '{{ words.share[language] }}'
                when contest_skill > 0
                    then {{ percent_text('contest_skill', language) }} || '{{ words.closer[language] }}'
                when contest_skill <= 0 then '{{ words.no_closer[language] }}'
            end as contest_error_{{ language }},
        {% endfor %}
        cast(case when status = 'published' then coverage_nominal end as numeric(9, 6)) as coverage_nominal,
        cast(case when status = 'published' then coverage end as numeric(9, 6)) as coverage,
        forecast_count,
        status

    from told

)

select * from final
