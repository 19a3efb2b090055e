{# Rows (dimension_code, member_code, member_sort, member_en, member_ru): every member that a portrait can have. #}
{% macro member_labels() -%}
    {%- set ages = [
        ('under_18', 'under 18', 'до 18'), ('18_24', '18–24', '18–24'), ('25_34', '25–34', '25–34'),
        ('35_44', '35–44', '35–44'), ('45_54', '45–54', '45–54'), ('55_64', '55–64', '55–64'), ('65_plus', '65+', '65+'),
        ('unknown', 'age not stated', 'возраст не указан'),
    ] -%}
    {%- set genders = [
        ('female', 'Women', 'Женщины'), ('male', 'Men', 'Мужчины'), ('unknown', 'Gender not stated', 'Пол не указан'),
    ] -%}
    {%- set others = [
        ('marital_status', 'married', 'Married', 'В браке'),
        ('marital_status', 'not_married', 'Not married', 'Не в браке'),
        ('marital_status', 'unknown', 'Not stated', 'Не указано'),
        ('residency', 'resident', 'Residents', 'Резиденты'),
        ('residency', 'non_resident', 'Non-residents', 'Нерезиденты'),
        ('residency', 'unknown', 'Not stated', 'Не указано'),
        ('income_tier', 'low', 'Low income', 'Низкий доход'),
        ('income_tier', 'middle', 'Middle income', 'Средний доход'),
        ('income_tier', 'high', 'High income', 'Высокий доход'),
        ('income_tier', 'unknown', 'Not stated', 'Не указано'),
        ('new_returning', 'new', 'New', 'Новые'),
        ('new_returning', 'returning', 'Returning', 'Вернувшиеся'),
        ('weekday', '1', 'Monday', 'Понедельник'),
        ('weekday', '2', 'Tuesday', 'Вторник'),
        ('weekday', '3', 'Wednesday', 'Среда'),
        ('weekday', '4', 'Thursday', 'Четверг'),
        ('weekday', '5', 'Friday', 'Пятница'),
        ('weekday', '6', 'Saturday', 'Суббота'),
        ('weekday', '7', 'Sunday', 'Воскресенье'),
    ] -%}
    values
    {% for age, age_en, age_ru in ages %}
        {% set age_loop = loop %}
        {% for gender, gender_en, gender_ru in genders %}
            (
                'age_gender', '{{ age }}:{{ gender }}', {{ age_loop.index * 10 + loop.index }},
                '{{ gender_en }}, {{ age_en }}', '{{ gender_ru }}, {{ age_ru }}'
            ),
        {% endfor %}
    {% endfor %}
    {% for dimension, member, member_en, member_ru in others %}
        ('{{ dimension }}', '{{ member }}', {{ loop.index }}, '{{ member_en }}', '{{ member_ru }}'){{ ',' if not loop.last }}
    {% endfor %}
{%- endmacro %}
