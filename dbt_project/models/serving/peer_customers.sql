with

releases as (

    {{ shown_releases() }}

),

labels (
    dimension_code, dimension_sort, dimension_en, dimension_ru, member_code, member_sort, member_en, member_ru
) as (

    {{ peer_mix_labels() }}

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
        labels.dimension_code,
        labels.dimension_sort,
        labels.dimension_en,
        labels.dimension_ru,
        labels.member_code,
        labels.member_sort,
        labels.member_en,
        labels.member_ru,
        mix.own_percent,
        mix.others_percent,
        {% for language in ['en', 'ru'] %}
        {{ peer_level_text('figures', language) }} as level_{{ language }},
        {{ peer_count_text('figures.peer_count_band', language) }} as peers_{{ language }},
        {{ peer_reason_text('mix.reason_code', language) }} as reason_{{ language }},
        {% endfor %}
        mix.status

    from {{ source('benchmarks', 'peer_mix') }} as mix

    inner join releases on mix.release_id = releases.release_id

    inner join {{ source('benchmarks', 'peer_figures') }} as figures
        on
            mix.release_id = figures.release_id
            and mix.legal_group = figures.legal_group
            and mix.peer_group_id = figures.peer_group_id

    inner join {{ ref('dim_peer_viewers') }} as tenants on mix.legal_group = tenants.competitor_group

    inner join labels
        on
            mix.dimension_code = labels.dimension_code
            and mix.member_code = labels.member_code

    inner join {{ ref('dim_cities') }} as cities on figures.city_code = cities.city_code

    inner join {{ ref('dim_categories') }} as categories on figures.category_code = categories.category_code

)

select * from final
