with

-- The last rung takes what is left: its months are checked like all others.
{% for number, rung in rungs() %}
of_{{ rung }} as (

    select
        '{{ rung }}' as rung,
        area_code,
        pool_category_code,
        city_code,
        category_code

    from {{ ref('pools_' ~ rung) }}

    {% if not loop.last %}where reason_code is null{% endif %}

),

{% endfor %}

final as (

    {% for number, rung in rungs() %}
    select * from of_{{ rung }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
