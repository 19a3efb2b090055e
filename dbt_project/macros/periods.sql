{# The periods of the dashboard's filter, by their length in days. #}
{% macro period_labels() -%}
    values
        (7, 1, 'Last 7 days', 'Последние 7 дней'),
        (30, 2, 'Last 30 days', 'Последние 30 дней'),
        (90, 3, 'Last 90 days', 'Последние 90 дней'),
        (365, 4, 'Last 365 days', 'Последние 365 дней')
{%- endmacro %}
