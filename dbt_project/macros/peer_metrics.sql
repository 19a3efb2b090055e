{#
    What a merchant may compare: code, numerator, denominator, is it a figure about customers, English and Russian name,
    unit. Numerator and denominator are columns of a group's month that add up over groups.
#}
{% macro peer_metrics() -%}
    {%- set metrics = [
        ('growth', 'growth_revenue', 'growth_before', false,
            'Revenue against the month before', 'Выручка к прошлому месяцу', 'change'),
        ('growth_last_year', 'growth_last_year_revenue', 'growth_last_year_before', false,
            'Revenue against a year before', 'Выручка к тому же месяцу год назад', 'change'),
        ('average_bill', 'revenue', 'receipts', false, 'Average bill', 'Средний чек', 'money'),
        ('receipts_per_customer', 'receipts', 'customers', true,
            'Receipts per customer', 'Чеков на покупателя', 'ratio'),
        ('repeat_rate', 'repeat_customers', 'customers', true, 'Repeat rate', 'Доля повторных покупателей', 'share'),
        ('new_customer_share', 'new_customers', 'customers', true,
            'New customers (none for three months before)', 'Новые покупатели (не было три месяца)', 'share'),
    ] -%}
    {%- for day_en, day_ru in [
        ('Mondays', 'понедельников'), ('Tuesdays', 'вторников'), ('Wednesdays', 'сред'), ('Thursdays', 'четвергов'),
        ('Fridays', 'пятниц'), ('Saturdays', 'суббот'), ('Sundays', 'воскресений'),
    ] -%}
        {%- do metrics.append((
            'weekday_' ~ loop.index, 'weekday_' ~ loop.index, 'receipts', true,
            'Receipts on ' ~ day_en, 'Чеки ' ~ day_ru, 'share'
        )) -%}
    {%- endfor -%}
    {{ return(metrics) }}
{%- endmacro %}


{# Columns of a group's month, as they are summed: name, column of marts.fct_group_months. #}
{% macro peer_measures() -%}
    {%- set measures = [
        ('revenue', 'revenue_amount'), ('receipts', 'receipt_count'), ('customers', 'customer_count'),
        ('repeat_customers', 'repeat_customer_count'), ('new_customers', 'new_customer_count'),
    ] -%}
    {%- for day in range(1, 8) -%}
        {%- do measures.append(('weekday_' ~ day, 'weekday_' ~ day ~ '_receipt_count')) -%}
    {%- endfor -%}
    {{ return(measures) }}
{%- endmacro %}


{# The matched pair of each growth: name, what it is compared with. #}
{% macro peer_growths() -%}
    {{ return([('growth', 'previous_revenue'), ('growth_last_year', 'last_year_revenue')]) }}
{%- endmacro %}
