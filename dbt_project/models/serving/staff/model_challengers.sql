with

scores as (

    select * from {{ ref('agg_forecast_scores') }}
    where
        legal_group = '*'
        and size_band = 'all'

),

models as (

    select * from {{ ref('models') }}

),

words as (

    select * from {{ ref('model_words') }}

),

pairs as (

    select distinct on (champions.model_name, champions.horizon_code)
        champions.model_name,
        champions.horizon_code,
        champions.as_of,
        champions.model_version as champion_version,
        champions.error as champion_error,
        challengers.model_version as challenger_version,
        challengers.error as challenger_error

    from scores as champions

    inner join scores as challengers
        on
            champions.model_name = challengers.model_name
            and champions.horizon_code = challengers.horizon_code
            and champions.as_of = challengers.as_of

    where
        champions.is_of_record
        and challengers.is_challenger

    order by
        champions.model_name asc,
        champions.horizon_code asc,
        champions.as_of desc,
        challengers.model_version desc

),

final as (

    select
        pairs.model_name,
        coalesce(models.name_en, pairs.model_name) as model_en,
        coalesce(models.name_ru, pairs.model_name) as model_ru,
        coalesce(models.model_sort, 0) as model_sort,
        pairs.horizon_code,
        coalesce(horizons.name_en, pairs.horizon_code) as horizon_en,
        coalesce(horizons.name_ru, pairs.horizon_code) as horizon_ru,
        pairs.as_of,
        pairs.champion_version,
        pairs.challenger_version,
        {% for side in ['champion', 'challenger'] %}
            {% for language in ['en', 'ru'] %}
                {{ error_text('models.metric', 'cast(pairs.' ~ side ~ '_error as numeric)', language) }}
                    as {{ side }}_error_{{ language }},
            {% endfor %}
        {% endfor %}
        case when pairs.challenger_error < pairs.champion_error then 'challenger' else 'champion' end as better_en,
        case when pairs.challenger_error < pairs.champion_error then 'претендент' else 'действующая' end as better_ru

    from pairs

    left join models on pairs.model_name = models.model_name

    left join words as horizons on horizons.kind = 'horizon' and pairs.horizon_code = horizons.code

)

select * from final
