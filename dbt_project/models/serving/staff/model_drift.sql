with

drift as (

    select * from {{ source('predictions', 'drift') }}

),

models as (

    select * from {{ ref('models') }}

),

words as (

    select * from {{ ref('model_words') }}

),

newest as (

    select distinct on (model_name)
        model_name,
        model_version,
        as_of

    from drift

    order by model_name asc, as_of desc, model_version desc

),

final as (

    select
        drift.model_name,
        coalesce(models.name_en, drift.model_name) as model_en,
        coalesce(models.name_ru, drift.model_name) as model_ru,
        drift.model_version,
        drift.as_of,
        drift.side,
        case drift.side when 'input' then 'Input' else 'Forecast' end as side_en,
        case drift.side when 'input' then 'Вход' else 'Прогноз' end as side_ru,
        drift.name,
        coalesce(distributions.name_en, drift.name) as name_en,
        coalesce(distributions.name_ru, drift.name) as name_ru,
        cast(drift.psi as numeric(12, 6)) as psi,
        cast(drift.ks as numeric(9, 6)) as ks,
        drift.unit_count

    from drift

    inner join newest
        on
            drift.model_name = newest.model_name
            and drift.model_version = newest.model_version
            and drift.as_of = newest.as_of

    left join models on drift.model_name = models.model_name

    left join words as distributions
        on
            distributions.kind = 'distribution'
            and drift.side || ' ' || drift.name = distributions.code

)

select * from final
