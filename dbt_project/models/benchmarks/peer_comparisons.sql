{% set of_cell = {
    'growth_revenue': 'revenue', 'growth_before': 'previous_revenue',
    'growth_last_year_revenue': 'revenue', 'growth_last_year_before': 'last_year_revenue',
} %}

with

viewers as (

    select * from {{ ref('peer_cell_months') }}
    where receipts > 0

),

groups as (

    select
        *,
        rank() over (partition by period_start, peer_group_id order by revenue desc nulls last) as revenue_rank

    from {{ ref('peer_group_months') }}

),

verdicts as (

    select * from {{ ref('peer_verdicts') }}

),

-- The viewer's own figure is of the city and category, that of the others of the peer group without its whole group.
compared as (

    select
        viewers.period_start,
        viewers.legal_group,
        viewers.city_code,
        viewers.category_code,
        viewers.peer_group_id,
        verdicts.rung,
        verdicts.area_code,
        verdicts.category_code as group_category_code,
        verdicts.pool_part,
        verdicts.size_band,
        verdicts.price_tier,
        verdicts.revenue_groups - 1 as other_count,
        case when viewers.peer_group_id is null then 'joins_next_quarter' else verdicts.reason_code end as reason_code,
        verdicts.people_reason_code,
        verdicts.growth_reason_code,
        verdicts.growth_last_year_reason_code,
        viewers.customers as own_customers,
        viewers.receipts as own_receipts,
        groups.revenue_rank / nullif(verdicts.revenue_groups, 0)::double precision as rank_share,
        groups.revenue / nullif(verdicts.revenue_total, 0) as market_share,
        coalesce(noise.factor, 1) as noise,
        {% for metric, numerator, denominator, _, _, _, _ in peer_metrics() %}
        viewers.{{ of_cell.get(numerator, numerator) }} / nullif(viewers.{{ of_cell.get(denominator, denominator) }}, 0)
            as own_{{ metric }},
        (verdicts.{{ numerator }}_total - coalesce(groups.{{ numerator }}, 0))
        / nullif(verdicts.{{ denominator }}_total - coalesce(groups.{{ denominator }}, 0), 0) as others_{{ metric }},
        {% for quartile in ['lower', 'upper'] %}
        {{ quartile_of_others(quartile, metric, 'groups.' ~ numerator ~ ' / nullif(groups.' ~ denominator ~ ', 0)') }}
            as {{ quartile }}_{{ metric }}{{ ',' if not loop.last }}
        {% endfor %}
        {{- ',' if not loop.last }}
        {% endfor %}

    from viewers

    left join groups
        on
            viewers.period_start = groups.period_start
            and viewers.peer_group_id = groups.peer_group_id
            and viewers.legal_group = groups.legal_group

    left join verdicts
        on
            viewers.period_start = verdicts.period_start
            and viewers.peer_group_id = verdicts.peer_group_id

    left join {{ source('benchmarks', 'cell_noise') }} as noise
        on
            viewers.assignment_start = noise.assignment_start
            and viewers.peer_group_id = noise.peer_group_id
            and viewers.legal_group = noise.legal_group

),

final as (

    select
        compared.*,
        {% for metric, _, _, is_about_people, _, _, _ in peer_metrics() %}
        case
            when compared.reason_code is not null then compared.reason_code
            {% if metric in ('growth', 'growth_last_year') %}
            when compared.{{ metric }}_reason_code is not null then compared.{{ metric }}_reason_code
            {% endif %}
            {% if is_about_people %}
            when compared.people_reason_code is not null then compared.people_reason_code
            when
                compared.own_customers < {{ rule('minimum_customers') }}
                or compared.own_receipts < {{ rule('minimum_receipts') }}
                then 'few_own_customers'
            {% endif %}
            {% if metric == 'new_customer_share' %}
            when compared.others_new_customer_share is null then 'no_history'
            {% endif %}
            when compared.own_{{ metric }} is null or compared.own_{{ metric }} <= 0 then 'no_own_figure'
            when compared.others_{{ metric }} is null then 'no_figure'
            else 'published'
        end as {{ metric }}_status{{ ',' if not loop.last }}
        {% endfor %}

    from compared

)

select * from final
