with

releases as (

    {{ shown_releases() }}

),

labels (
    dimension_code, dimension_sort, dimension_en, dimension_ru, member_code, member_sort, member_en, member_ru
) as (

    {{ peer_mix_labels() }}

),

-- Where a merchant is not compared at all, one row a dimension says why.
told as (

    select
        figures.*,
        releases.is_newest,
        labels.dimension_code,
        coalesce(mix.member_code, 'all') as member_code,
        mix.own_percent,
        mix.others_percent,
        coalesce(mix.status, 'withheld') as mix_status,
        coalesce(mix.reason_code, case when mix.status is null then coalesce(figures.reason_code, 'no_figure') end)
            as mix_reason_code

    from {{ source('benchmarks', 'peer_figures') }} as figures

    inner join releases on figures.release_id = releases.release_id

    inner join labels on labels.member_code = 'all'

    left join {{ source('benchmarks', 'peer_mix') }} as mix
        on
            figures.release_id = mix.release_id
            and figures.legal_group = mix.legal_group
            and figures.peer_group_id = mix.peer_group_id
            and labels.dimension_code = mix.dimension_code

),

final as (

    select
        tenants.tenant_id,
        tenants.tenant_name,
        told.period_start as month_start,
        told.is_newest,
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
        told.own_percent,
        told.others_percent,
        {% for language in ['en', 'ru'] %}
        {{ peer_level_text('told', language) }} as level_{{ language }},
        {{ peer_count_text('told.peer_count_band', language) }} as peers_{{ language }},
        {{ peer_reason_text('told.mix_reason_code', language) }} as reason_{{ language }},
        {% endfor %}
        told.mix_status as status

    from told

    inner join {{ ref('dim_peer_viewers') }} as tenants on told.legal_group = tenants.competitor_group

    inner join labels
        on
            told.dimension_code = labels.dimension_code
            and told.member_code = labels.member_code

    inner join {{ ref('dim_cities') }} as cities on told.city_code = cities.city_code

    inner join {{ ref('dim_categories') }} as categories on told.category_code = categories.category_code

)

select * from final
