with

pools as (

    {% for number, rung in rungs() %}
    select
        '{{ rung }}' as rung,
        *

    from {{ ref('pools_' ~ rung) }}

    {% if not loop.last %}
    where reason_code is null

    union all

    {% endif %}
    {% endfor %}

),

-- The last rung takes what is left, too, as a pool of its own: its months are checked like all others. Without whom a
-- pool is, is not part of its name: who comes or leaves by it is counted like everybody else.
final as (

    select
        {{ hash_id(
            "rung || '|' || area_code || '|' || pool_category_code "
            ~ "|| case when pool_part = 'rest' then '|rest' else '' end"
        ) }}
            as pool_id,
        rung,
        area_code,
        pool_category_code,
        pool_part,
        city_code,
        category_code,
        legal_group

    from pools

)

select * from final
