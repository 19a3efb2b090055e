{% set ranks_in_a_band = 3 %}

with

compared as (

    select * from {{ ref('peer_comparisons') }}

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

    from compared

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
        pool_part,
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
        -- Two members of a band of two ranks know that nobody else is larger (or smaller): three ranks at least, so
        -- quarters from twelve groups on, the viewer among them. Of six, the fewest there are, each half has three.
        case
            when reason_code is not null then null
            when other_count + 1 < {{ 4 * ranks_in_a_band }}
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
