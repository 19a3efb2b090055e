{% set measures = peer_measures() %}

with

cells as (

    select * from {{ ref('peer_cell_months') }}
    where peer_group_id is not null

),

-- A group with several cells in a peer group counts once.
sums as (

    select
        period_start,
        assignment_start,
        peer_group_id,
        legal_group,
        {% for name, _ in measures %}
        sum({{ name }}) as {{ name }},
        {% endfor %}
        sum(previous_revenue) as previous_revenue,
        sum(last_year_revenue) as last_year_revenue

    from cells

    group by period_start, assignment_start, peer_group_id, legal_group

),

-- Growth is of who sold in both months, so that it does not tell what a shop that opened or closed sold.
final as (

    select
        *,
        {% for growth, before in peer_growths() %}
        case when revenue > 0 and {{ before }} > 0 or {{ rule('matched_growth') }} = 0 then revenue end
            as {{ growth }}_revenue,
        case when revenue > 0 and {{ before }} > 0 or {{ rule('matched_growth') }} = 0 then {{ before }} end
            as {{ growth }}_before{{ ',' if not loop.last }}
        {% endfor %}

    from sums

)

select * from final
