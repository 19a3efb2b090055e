{# The bounds of what has no earlier or no later version: both are days, so that a purchase's day is compared and nothing else. #}
{% macro since_ever() -%}
    cast('1900-01-01' as date)
{%- endmacro %}


{% macro until_further_notice() -%}
    cast('9999-12-31' as date)
{%- endmacro %}
