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

scores as (

    select
        *,
        row_number() over (partition by legal_group, model_name, horizon_code order by as_of desc) as newness,
        count(*) over (partition by legal_group, model_name, horizon_code) as forecast_count

    from {{ ref('agg_forecast_scores') }}

    where
        is_of_record
        and size_band = 'all'
        and error is not null

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

    inner join models on asked.model_name = models.model_name

    inner join horizons on asked.horizon_code = horizons.code

    left join scores
        on
            tenants.legal_group = scores.legal_group
            and asked.model_name = scores.model_name
            and asked.horizon_code = scores.horizon_code
            and scores.newness = 1

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
        cast(case when status = 'published' then coverage_nominal end as numeric(9, 6)) as coverage_nominal,
        cast(case when status = 'published' then coverage end as numeric(9, 6)) as coverage,
        forecast_count,
        status

    from judged

)

select * from final
