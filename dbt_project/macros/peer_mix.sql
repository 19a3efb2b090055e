{#
    By what the customers of a peer group are told apart: dimension, its label, and its members (code, condition on a row of
    dim_customer_versions, label). Coarser than a portrait, for these are customers of competitors.
#}
{% macro peer_mix_dimensions() -%}
    {{ return([
        ('gender', 'Gender', 'Пол', [
            ('female', "gender = 'female'", 'Women', 'Женщины'),
            ('male', "gender = 'male'", 'Men', 'Мужчины'),
        ]),
        ('age', 'Age', 'Возраст', [
            ('under_35', "age_band in ('under_18', '18_24', '25_34')", 'under 35', 'до 35'),
            ('35_54', "age_band in ('35_44', '45_54')", '35–54', '35–54'),
            ('55_plus', "age_band in ('55_64', '65_plus')", '55 and older', '55 и старше'),
        ]),
        ('income_tier', 'Income', 'Доход', [
            ('low', "income_tier = 'low'", 'Low income', 'Низкий доход'),
            ('middle', "income_tier = 'middle'", 'Middle income', 'Средний доход'),
            ('high', "income_tier = 'high'", 'High income', 'Высокий доход'),
        ]),
    ]) }}
{%- endmacro %}


{# Rows (dimension_code, dimension_sort, dimension_en, dimension_ru, member_code, member_sort, member_en, member_ru). #}
{% macro peer_mix_labels() -%}
    values
    {% for dimension, dimension_en, dimension_ru, members in peer_mix_dimensions() %}
    {% set dimension_loop = loop %}
    {% for member, _, member_en, member_ru in members + [('all', '', 'All customers', 'Все покупатели')] %}
        (
            '{{ dimension }}', {{ dimension_loop.index }}, '{{ dimension_en }}', '{{ dimension_ru }}',
            '{{ member }}', {{ loop.index0 + 1 if member != 'all' else 0 }}, '{{ member_en }}', '{{ member_ru }}'
        ){{ ',' if not (loop.last and dimension_loop.last) }}
    {% endfor %}
    {% endfor %}
{%- endmacro %}
