with

releases as (

    {{ shown_releases() }}

),

names (figure_code, figure_sort, figure_en, figure_ru) as (

    values
    {% for figure, figure_en, figure_ru in audience_figures() %}
        ('{{ figure }}', {{ loop.index }}, '{{ figure_en }}', '{{ figure_ru }}'){{ ',' if not loop.last }}
    {% endfor %}

),

final as (

    select
        tenants.tenant_id,
        tenants.tenant_name,
        figures.period_start as month_start,
        releases.is_newest,
        names.figure_code,
        names.figure_sort,
        names.figure_en,
        names.figure_ru,
        coalesce(cities.name_en, 'All cities') as city_en,
        coalesce(cities.name_ru, 'Все города') as city_ru,
        coalesce(categories.name_en, 'All categories') as category_en,
        coalesce(categories.name_ru, 'Все категории') as category_ru,
        figures.base_count,
        figures.customer_count,
        figures.customer_share,
        figures.money_share,
        figures.status,
        {% for language in ['en', 'ru'] %}
        {{ audience_reason_text('figures.reason_code', language) }} as reason_{{ language }}{{ ',' if not loop.last }}
        {% endfor %}

    from {{ source('benchmarks', 'audience_figures') }} as figures

    inner join releases on figures.release_id = releases.release_id

    inner join {{ ref('dim_peer_viewers') }} as tenants on figures.legal_group = tenants.competitor_group

    inner join names on figures.figure = names.figure_code

    left join {{ ref('dim_cities') }} as cities on figures.city_code = cities.city_code

    left join {{ ref('dim_categories') }} as categories on figures.category_code = categories.category_code

    where
        (figures.city_code = '*' or cities.city_code is not null)
        and (figures.category_code = '*' or categories.category_code is not null)

)

select * from final
