with

releases as (

    {{ shown_releases() }}

),

final as (

    select
        tenants.tenant_id,
        tenants.tenant_name,
        figures.period_start as month_start,
        releases.is_newest,
        cities.name_en as city_en,
        cities.name_ru as city_ru,
        categories.name_en as category_en,
        categories.name_ru as category_ru,
        figures.rank_band,
        figures.market_share_band,
        figures.price_position,
        {% for language in ['en', 'ru'] %}
        {{ peer_word('figures.rank_band', language) }} as rank_{{ language }},
        {{ peer_word('figures.market_share_band', language) }} as market_share_{{ language }},
        {{ peer_word('figures.price_position', language) }} as price_{{ language }},
        {{ peer_level_text('figures', language) }} as level_{{ language }},
        {{ peer_count_text('figures.peer_count_band', language) }} as peers_{{ language }}{{ ',' if not loop.last }}
        {% endfor %}

    from {{ source('benchmarks', 'peer_figures') }} as figures

    inner join releases on figures.release_id = releases.release_id

    inner join {{ ref('dim_peer_viewers') }} as tenants on figures.legal_group = tenants.competitor_group

    inner join {{ ref('dim_cities') }} as cities on figures.city_code = cities.city_code

    inner join {{ ref('dim_categories') }} as categories on figures.category_code = categories.category_code

    where figures.status = 'published'

)

select * from final
