{# The attributes of customers that a portrait counts, as grouping sets and as one (dimension, member) pair. #}
{% macro member_sets(keys) -%}
    grouping sets (
        ({{ keys }}, age_band, gender),
        ({{ keys }}, marital_status),
        ({{ keys }}, residency),
        ({{ keys }}, income_tier)
    )
{%- endmacro %}


{% macro member_keys() -%}
    case
            when grouping(age_band) = 0 then 'age_gender'
            when grouping(marital_status) = 0 then 'marital_status'
            when grouping(residency) = 0 then 'residency'
            else 'income_tier'
        end as dimension_code,
        case
            when grouping(age_band) = 0 then age_band || ':' || gender
            when grouping(marital_status) = 0 then marital_status
            when grouping(residency) = 0 then residency
            else income_tier
        end as member_code
{%- endmacro %}
