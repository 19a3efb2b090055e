with

bank as (

    select {{ currency_symbol('max(currency_code)') }} as symbol from {{ source('ingest', 'bank') }}

),

releases as (

    {{ shown_releases() }}

),

cells as (

    select
        tenants.tenant_id,
        tenants.tenant_name,
        cities.name_en as city_en,
        cities.name_ru as city_ru,
        categories.name_en as category_en,
        categories.name_ru as category_ru,
        figures.*

    from {{ source('benchmarks', 'peer_figures') }} as figures

    inner join releases on figures.release_id = releases.release_id

    inner join {{ ref('dim_peer_viewers') }} as tenants on figures.legal_group = tenants.competitor_group

    inner join {{ ref('dim_cities') }} as cities on figures.city_code = cities.city_code

    inner join {{ ref('dim_categories') }} as categories on figures.category_code = categories.category_code

),

metrics as (

    select
        cells.*,
        metric.*

    from cells

    cross join lateral (
        values
        {% for metric, _, _, _, metric_en, metric_ru, unit in peer_metrics() %}
            (
                '{{ metric }}', {{ loop.index }}, '{{ metric_en }}', '{{ metric_ru }}', '{{ unit }}',
                cells.own_{{ metric }}, cells.peer_{{ metric }}_index,
                cells.lower_quartile_{{ metric }}_index, cells.upper_quartile_{{ metric }}_index,
                cells.{{ metric }}_status
            ){{ ',' if not loop.last }}
        {% endfor %}
    ) as metric (
        metric_code, metric_sort, metric_en, metric_ru, unit,
        own_value, others_index, lower_quartile_index, upper_quartile_index, metric_status
    )

),

missing as (

    select
        release_id,
        legal_group,
        city_code,
        category_code,
        {% for language in ['en', 'ru'] %}
        string_agg(
            metric_{{ language }} || ': ' || {{ peer_reason_text('metric_status', language) }},
            '; '
            order by metric_sort
        ) as missing_{{ language }}{{ ',' if not loop.last }}
        {% endfor %}

    from metrics

    where metric_status <> 'published'

    group by release_id, legal_group, city_code, category_code

),

-- A number that is withheld has no row; the row of the whole says what is missing and why.
shown as (

    select
        tenant_id,
        tenant_name,
        period_start,
        city_en,
        city_ru,
        category_en,
        category_ru,
        rung,
        pool_part,
        size_band,
        price_tier,
        peer_count_band,
        metric_code,
        metric_sort,
        metric_en,
        metric_ru,
        unit,
        own_value,
        others_index,
        lower_quartile_index,
        upper_quartile_index,
        metric_status as status,
        null as reason_en,
        null as reason_ru

    from metrics

    where metric_status = 'published'

    union all

    select
        cells.tenant_id,
        cells.tenant_name,
        cells.period_start,
        cells.city_en,
        cells.city_ru,
        cells.category_en,
        cells.category_ru,
        cells.rung,
        cells.pool_part,
        cells.size_band,
        cells.price_tier,
        cells.peer_count_band,
        'all' as metric_code,
        0 as metric_sort,
        'Comparison with competitors' as metric_en,
        'Сравнение с конкурентами' as metric_ru,
        'none' as unit,
        null as own_value,
        null as others_index,
        null as lower_quartile_index,
        null as upper_quartile_index,
        cells.status,
        {% for language in ['en', 'ru'] %}
        coalesce({{ peer_reason_text('cells.reason_code', language) }}, missing.missing_{{ language }})
        {{- ',' if not loop.last }}
        {% endfor %}

    from cells

    left join missing
        on
            cells.release_id = missing.release_id
            and cells.legal_group = missing.legal_group
            and cells.city_code = missing.city_code
            and cells.category_code = missing.category_code

),

positioned as (

    select
        *,
        {{ peer_position('others_index', 'lower_quartile_index', 'upper_quartile_index') }} as position_code

    from shown

),

final as (

    select
        positioned.tenant_id,
        positioned.tenant_name,
        positioned.period_start as month_start,
        positioned.period_start = (select max(period_start) from releases) as is_newest,
        positioned.city_en,
        positioned.city_ru,
        positioned.category_en,
        positioned.category_ru,
        positioned.metric_code,
        positioned.metric_sort,
        positioned.metric_en,
        positioned.metric_ru,
        positioned.unit,
        positioned.own_value,
        positioned.others_index,
        positioned.lower_quartile_index,
        positioned.upper_quartile_index,
        positioned.position_code,
        {% for language in ['en', 'ru'] %}
        case positioned.unit
            when 'money' then {{ money_text('positioned.own_value', 'bank.symbol', language) }}
            when 'share' then {{ percent_text('positioned.own_value', language) }}
            when 'change' then {{ change_text('(positioned.own_value - 1)', language) }}
            when 'ratio' then {{ number_text('positioned.own_value', 2, language) }}
        end as own_{{ language }},
        {{ peer_word('positioned.position_code', language) }} as position_{{ language }},
        {{ peer_level_text('positioned', language) }} as level_{{ language }},
        {{ peer_count_text('positioned.peer_count_band', language) }} as peers_{{ language }},
        {% endfor %}
        positioned.status,
        positioned.reason_en,
        positioned.reason_ru

    from positioned

    cross join bank

)

select * from final
