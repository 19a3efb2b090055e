{# The first of a month so many months before this first of a month. #}
{% macro months_before(month, count) -%}
    cast({{ month }} - make_interval(months => {{ count }}) as date)
{%- endmacro %}


{# Fewer persons than may be told, and not nobody. #}
{% macro is_few(count) -%}
    ({{ count }} > 0 and {{ count }} < {{ rule('minimum_customers') }})
{%- endmacro %}


{# A count of persons as it is published. #}
{% macro to_five(count) -%}
    cast(5 * round({{ count }} / 5.0) as bigint)
{%- endmacro %}
