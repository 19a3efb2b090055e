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
        rank() over (partition by period_start, peer_group_id order by revenue desc) as revenue_rank

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

decided as (

    select
        compared.*,
        {% for metric, _, _, is_about_people, _, _, _ in peer_metrics() %}
        case
            when reason_code is not null then reason_code
            {% if metric in ('growth', 'growth_last_year') %}
            when {{ metric }}_reason_code is not null then {{ metric }}_reason_code
            {% endif %}
            {% if is_about_people %}
            when people_reason_code is not null then people_reason_code
            when own_customers < {{ rule('minimum_customers') }} or own_receipts < {{ rule('minimum_receipts') }}
                then 'few_own_customers'
            {% endif %}
            {% if metric == 'new_customer_share' %}
            when others_new_customer_share is null then 'no_history'
            {% endif %}
            when own_{{ metric }} is null or own_{{ metric }} <= 0 then 'no_own_figure'
            when others_{{ metric }} is null then 'no_figure'
            else 'published'
        end as {{ metric }}_status{{ ',' if not loop.last }}
        {% endfor %}

    from compared

),

indexed as (

    select
        *,
        {% for metric, _, _, is_about_people, _, _, _ in peer_metrics() %}
        {% for side in ['others', 'lower', 'upper'] %}
        case when {{ metric }}_status = 'published' then {{ side }}_{{ metric }} / own_{{ metric }} * 100 * noise end
            as {{ side }}_{{ metric }}_index{{ ',' if not loop.last }}
        {% endfor %}
        {{- ',' if not loop.last }}
        {% endfor %}

    from decided

),

final as (

    select
        period_start,
        legal_group,
        city_code,
        category_code,
        peer_group_id,
        rung,
        area_code,
        group_category_code,
        size_band,
        price_tier,
        case
            when reason_code is not null then null
            when other_count >= 50 then '50+'
            when other_count >= 20 then '20-49'
            when other_count >= 10 then '10-19'
            else '5-9'
        end as peer_count_band,
        case when reason_code is null then 'published' else 'withheld' end as status,
        reason_code,
        -- Among few groups the first quarter would be the largest alone.
        case
            when reason_code is not null then null
            when other_count < {{ rule('minimum_groups_quartiles') }}
                then case when rank_share <= 0.5 then 'upper_half' else 'lower_half' end
            when rank_share <= 0.25 then 'first_quarter'
            when rank_share <= 0.5 then 'second_quarter'
            when rank_share <= 0.75 then 'third_quarter'
            else 'last_quarter'
        end as rank_band,
        case
            when reason_code is not null then null
            when market_share < 0.01 then 'under_1'
            when market_share < 0.05 then '1_5'
            when market_share < 0.1 then '5_10'
            when market_share < 0.2 then '10_20'
            else 'over_20'
        end as market_share_band,
        case
            when lower_average_bill_index > 100 then 'low'
            when upper_average_bill_index < 100 then 'high'
            when lower_average_bill_index is not null then 'middle'
        end as price_position,
        {% for metric, _, _, is_about_people, _, _, _ in peer_metrics() %}
        {% if is_about_people %}
        case
            when own_customers >= {{ rule('minimum_customers') }} and own_receipts >= {{ rule('minimum_receipts') }}
                then cast(own_{{ metric }} as numeric(18, 6))
        end as own_{{ metric }},
        {% else %}
        cast(own_{{ metric }} as numeric(18, 6)) as own_{{ metric }},
        {% endif %}
        {{ rounded('others_' ~ metric ~ '_index') }} as peer_{{ metric }}_index,
        {{ rounded('lower_' ~ metric ~ '_index') }} as lower_quartile_{{ metric }}_index,
        {{ rounded('upper_' ~ metric ~ '_index') }} as upper_quartile_{{ metric }}_index,
        {{ metric }}_status{{ ',' if not loop.last }}
        {% endfor %}

    from indexed

)

select * from final
