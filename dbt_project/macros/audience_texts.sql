{# What the page about where customers also shop says in words. #}

{# Code, English and Russian name of each figure, in their order. #}
{% macro audience_figures() -%}
    {{ return([
        ('also_shop', 'My customers of the month who also buy elsewhere', 'Мои покупатели месяца, покупающие и у других'),
        ('wallet', 'My part of what they spend in the category', 'Моя доля в их тратах в категории'),
        ('lapsed', 'Customers I lost who buy it elsewhere', 'Ушедшие покупатели, покупающие это у других'),
        ('overlap', 'My customers of the month who also buy elsewhere, by city',
            'Мои покупатели месяца, покупающие и у других, по городам'),
    ]) }}
{%- endmacro %}


{# Why there is no number; null where there is one. #}
{% macro audience_reason_text(code, language) -%}
    {%- set reasons = {
        'few_own_customers': ('You have fewer than 30 such customers', 'Таких покупателей у вас меньше 30'),
        'few_customers': ('Fewer than 30 of them buy elsewhere', 'У других покупают меньше 30 из них'),
        'nearly_all': ('Fewer than 30 of them do not buy elsewhere', 'У других не покупают меньше 30 из них'),
        'few_groups': ('They buy from too few companies', 'Они покупают у слишком малого числа компаний'),
        'dominance': (
            'One company is too large: the figure would tell its own',
            'Одна из компаний слишком велика: показатель выдал бы её данные',
        ),
        'p_percent': (
            'The figure would let one company be estimated',
            'По показателю можно было бы оценить одну из компаний',
        ),
        'complement': (
            'Too few customers or companies here, or it would tell another number that is withheld',
            'Здесь слишком мало покупателей или компаний, либо показатель выдал бы другое скрытое число',
        ),
        'no_own_figure': ('You gave back all that you sold in this month', 'В этом месяце возвраты покрыли все продажи'),
        'no_history': ('The five months before are not loaded', 'Пять предыдущих месяцев не загружены'),
    } -%}
    case {{ code }}
            {% for reason, (text_en, text_ru) in reasons.items() %}
            when '{{ reason }}' then '{{ text_ru if language == "ru" else text_en }}'
            {% endfor %}
        end
{%- endmacro %}
