{# The key metrics: code, English and Russian name, unit, formula over a window's roll-up, is it a figure about people. #}
{% macro metric_definitions() -%}
    {{ return([
        ('revenue', 'Revenue', 'Выручка', 'money', 'W_revenue_amount', false),
        ('receipts', 'Receipts', 'Чеки', 'count', 'W_receipt_count', false),
        ('average_bill', 'Average bill', 'Средний чек', 'money', 'W_revenue_amount / nullif(W_receipt_count, 0)', false),
        ('customers', 'Customers', 'Покупатели', 'count', 'W_customer_count', false),
        ('new_customers', 'New customers', 'Новые покупатели', 'count', 'W_new_customer_count', true),
        ('returning_customers', 'Returning customers', 'Вернувшиеся покупатели', 'count',
            'W_customer_count - W_new_customer_count', true),
        ('repeat_rate', 'Repeat rate', 'Доля повторных покупателей', 'share',
            'cast(W_repeat_customer_count as numeric) / nullif(W_customer_count, 0)', true),
        ('revenue_per_customer', 'Revenue per customer', 'Выручка на покупателя', 'money',
            'W_revenue_amount / nullif(W_customer_count, 0)', true),
    ]) }}
{%- endmacro %}


{% macro metric_formula(formula, kind, is_about_people, least) -%}
    {%- set figure = formula.replace('W_', 'pages.' ~ kind ~ '_') -%}
    {%- if is_about_people -%}
        case when pages.{{ kind }}_customer_count not between 1 and {{ least }} - 1 then {{ figure }} end
    {%- else -%}
        {{ figure }}
    {%- endif -%}
{%- endmacro %}


{# Why there is no number; null where there is one. #}
{% macro reason_text(status, is_anything_loaded, language) -%}
    {%- set least = var('minimum_customers') -%}
    case
            when {{ status }} = 'published' then null
            when {{ status }} = 'withheld'
                then '{{ {"en": "Fewer than %s customers", "ru": "Меньше %s покупателей"}[language] % least }}'
            when not {{ is_anything_loaded }}
                then '{{ {"en": "Nothing has been loaded yet", "ru": "Данные ещё не загружены"}[language] }}'
            else '{{ {"en": "No receipts in this period", "ru": "Нет чеков за этот период"}[language] }}'
        end
{%- endmacro %}


{# The same for a prediction, which also lacks a number before its model is trained. #}
{% macro power_reason_text(status, is_untrained, model_choice, language) -%}
    case
            when {{ status }} = 'published' then null
            when {{ status }} = 'withheld'
                then '{{ {"en": "Fewer than %s customers", "ru": "Меньше %s покупателей"}[language] % var("minimum_customers") }}'
            when {{ is_untrained }} and {{ model_choice }} = 'alternative'
                then '{{ {"en": "This forecast has one model only", "ru": "У этого прогноза одна модель"}[language] }}'
            when {{ is_untrained }}
                then '{{ {"en": "The model has not been trained yet", "ru": "Модель ещё не обучена"}[language] }}'
            else '{{ {"en": "No customers in the last 90 days", "ru": "Нет покупателей за последние 90 дней"}[language] }}'
        end
{%- endmacro %}


{# The same for a look-alike audience, which is counted when a month has closed. #}
{% macro look_alike_reason_text(status, is_empty, language) -%}
    {%- set few = {
        'en': 'Fewer than %s customers alike, or too few of yours to compare with: the best quarter must be %s',
        'ru': 'Похожих меньше %s или у вас мало покупателей для сравнения: в лучшей четверти должно быть %s',
    } -%}
    {%- set least = var('minimum_customers') -%}
    case
            when {{ status }} = 'no_data'
                then '{{ {"en": "Not counted yet: once a month, after it closes", "ru": "Ещё не посчитано: раз в месяц, после его закрытия"}[language] }}'
            when {{ status }} = 'withheld' and {{ is_empty }} then '{{ few[language] % (least, least) }}'
            else {{ reason_text(status, 'true', language) }}
        end
{%- endmacro %}
