{% set sums = peer_measures() | map('first') | list %}
{% set bases = ['revenue', 'receipts', 'customers', 'growth_revenue', 'growth_before',
    'growth_last_year_revenue', 'growth_last_year_before'] %}

with

memberships as (

    select distinct
        assignment_start,
        peer_group_id,
        rung,
        area_code,
        category_code,
        pool_part,
        size_band,
        price_tier

    from {{ ref('peer_memberships') }}

),

sums as (

    select
        period_start,
        assignment_start,
        peer_group_id,
        {% for base in bases %}
        {{ contributors(base) }},
        {% endfor %}
        {% for growth, before in peer_growths() %}
        {{ unmatched(growth ~ '_revenue', 'revenue') }},
        {{ unmatched(growth ~ '_before', before) }},
        {% endfor %}
        {% for name in sums if name not in bases %}
        sum({{ name }}) as {{ name }}_total,
        {% endfor %}
        {% for metric, numerator, denominator, _, _, _, _ in peer_metrics() %}
        array_agg({{ numerator }} / {{ denominator }} order by {{ numerator }} / {{ denominator }})
            filter (where {{ denominator }} > 0 and {{ numerator }} is not null)
            as {{ metric }}_values{{ ',' if not loop.last }}
        {% endfor %}

    from {{ ref('peer_group_months') }}

    group by period_start, assignment_start, peer_group_id

),

judged as materialized (

    select
        sums.*,
        {{ rule('order_statistic_values') }} as averaged_count,
        {{ rule('minimum_groups_quartiles') }} as least_for_quartiles,
        memberships.rung,
        memberships.area_code,
        memberships.category_code,
        memberships.pool_part,
        memberships.size_band,
        memberships.price_tier,
        -- Finer than city and category takes more groups.
        {{ broken_rule(
            ['revenue', 'receipts', 'customers'],
            "case when memberships.size_band = 'all' and memberships.price_tier = 'all' "
            ~ "and memberships.pool_part = 'whole' then " ~ rule('minimum_groups') ~ ' else ' ~ rule('minimum_groups_quartiles') ~ ' end'
        ) }} as reason_code,
        {% for growth, _ in peer_growths() %}
        case
            when sums.{{ growth }}_before_groups = 0 then 'no_history'
            else coalesce(
                {{ broken_rule([growth ~ '_revenue', growth ~ '_before'], rule('minimum_groups')) }},
                case
                    when {{ is_one_unmatched(growth ~ '_revenue') }} or {{ is_one_unmatched(growth ~ '_before') }}
                        then 'few_unmatched'
                end
            )
        end as {{ growth }}_reason_code,
        {% endfor %}
        case
            when
                sums.customers_total - sums.customers_largest[1] < {{ rule('minimum_customers') }}
                or sums.receipts_total - sums.receipts_largest[1] < {{ rule('minimum_receipts') }}
                then 'few_customers'
        end as people_reason_code

    from sums

    inner join memberships
        on
            sums.assignment_start = memberships.assignment_start
            and sums.peer_group_id = memberships.peer_group_id

),

-- The values around a quartile of the others, whoever of the group looks; made once each.
around as materialized (

    select
        judged.*,
        {% for metric, _, _, _, _, _, _ in peer_metrics() %}
        {{ values_around_quartile(metric ~ '_values', 'lower') }} as lower_{{ metric }}_values,
        {{ values_around_quartile(metric ~ '_values', 'upper') }} as upper_{{ metric }}_values{{ ',' if not loop.last }}
        {% endfor %}

    from judged

),

final as (

    select
        around.*,
        {% for metric, _, _, _, _, _, _ in peer_metrics() %}
        {% set metric_loop = loop %}
        {% for quartile in ['lower', 'upper'] %}
        {% set values = quartile ~ '_' ~ metric ~ '_values' %}
        (select sum(each) from unnest({{ values }}) as each) as {{ quartile }}_{{ metric }}_sum,
        {{ values }}[1] as {{ quartile }}_{{ metric }}_least,
        {{ values }}[cardinality({{ values }})] as {{ quartile }}_{{ metric }}_greatest
        {{- ',' if not (loop.last and metric_loop.last) }}
        {% endfor %}
        {% endfor %}

    from around

)

select * from final
