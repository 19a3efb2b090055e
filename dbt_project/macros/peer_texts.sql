{# What the pages about competitors show, and what they say in words. #}

{# The months that are shown: 13, so that the newest stands beside the same month of the year before. #}
{% macro shown_releases() -%}
    select
        *,
        period_start = max(period_start) over () as is_newest

    from {{ source('benchmarks', 'current_releases') }}

    order by period_start desc

    limit 13
{%- endmacro %}


{# With whom: the level, why it is not a finer one, who is left out, and by what the peer group was divided. #}
{% macro peer_level_text(figures, language) -%}
    {%- set levels = {
        'city': ('Your category in your city', 'Ваша категория в вашем городе'),
        'region': (
            'Too few comparable competitors in your city: shown for the region',
            'В вашем городе слишком мало сопоставимых конкурентов: показано по региону',
        ),
        'country': (
            'Too few comparable competitors in your region: shown for the country',
            'В вашем регионе слишком мало сопоставимых конкурентов: показано по стране',
        ),
        'category_group': (
            'Too few comparable competitors in your category: shown for related categories in the country',
            'В вашей категории слишком мало сопоставимых конкурентов: показано по близким категориям в стране',
        ),
    } -%}
    {%- set russian = language == 'ru' -%}
    case {{ figures }}.rung
            {% for code, (text_en, text_ru) in levels.items() %}
            when '{{ code }}' then '{{ text_ru if russian else text_en }}'
            {% endfor %}
        end
        || case {{ figures }}.pool_part
            when 'without_largest_tenth'
                then '{{ ", без самых крупных компаний" if russian else ", without the largest companies" }}'
            when 'without_largest_third'
                then '{{ ", без крупных компаний" if russian else ", without large companies" }}'
            else ''
        end
        || case {{ figures }}.size_band
            when 'small' then '{{ ", небольшие компании" if russian else ", small companies" }}'
            when 'middle' then '{{ ", средние компании" if russian else ", middle-sized companies" }}'
            when 'large' then '{{ ", крупные компании" if russian else ", large companies" }}'
            else ''
        end
        || case {{ figures }}.price_tier
            when 'low' then '{{ ", невысокие цены" if russian else ", low prices" }}'
            when 'middle' then '{{ ", средние цены" if russian else ", middle prices" }}'
            when 'high' then '{{ ", высокие цены" if russian else ", high prices" }}'
            else ''
        end
{%- endmacro %}


{# How many others there are. #}
{% macro peer_count_text(band, language) -%}
    {%- set unit = {'en': " || ' other companies'", 'ru': " || ' других компаний'"}[language] -%}
    {%- set more = {'en': "'50 and more'", 'ru': "'50 и более'"}[language] -%}
    (case when {{ band }} = '50+' then {{ more }} else replace({{ band }}, '-', '–') end){{ unit }}
{%- endmacro %}


{# Why there is no number; null where there is one. #}
{% macro peer_reason_text(code, language) -%}
    {%- set reasons = {
        'few_groups': ('Too few competitors sold in this month', 'В этом месяце продавало слишком мало конкурентов'),
        'dominance': (
            'One competitor is too large: the figure would tell its own',
            'Один из конкурентов слишком велик: показатель выдал бы его данные',
        ),
        'p_percent': (
            'The figure would let one competitor be estimated',
            'По показателю можно было бы оценить одного из конкурентов',
        ),
        'estimable': (
            'Together with other figures it would let one competitor be estimated',
            'Вместе с другими показателями он позволил бы оценить одного из конкурентов',
        ),
        'few_unmatched': (
            'Too few competitors opened or closed: growth would tell what one of them sold',
            'Открылось или закрылось слишком мало конкурентов: рост выдал бы продажи одного из них',
        ),
        'few_customers': ('Competitors have fewer than 30 customers', 'У конкурентов меньше 30 покупателей'),
        'few_of_a_kind': (
            'Of one kind of customer competitors have fewer than 30',
            'Покупателей одного из видов у конкурентов меньше 30',
        ),
        'few_own_customers': ('You have fewer than 30 customers here', 'У вас здесь меньше 30 покупателей'),
        'no_history': ('The months to compare with are not loaded', 'Месяцы для сравнения не загружены'),
        'no_own_figure': ('You have nothing to compare in this month', 'У вас нет данных для сравнения за этот месяц'),
        'no_figure': ('Competitors have nothing to compare in this month', 'У конкурентов нет данных за этот месяц'),
        'joins_next_quarter': (
            'New in this market: compared from the next quarter on',
            'Вы недавно на этом рынке: сравнение появится со следующего квартала',
        ),
    } -%}
    case {{ code }}
            {% for reason, (text_en, text_ru) in reasons.items() %}
            when '{{ reason }}' then '{{ text_ru if language == "ru" else text_en }}'
            {% endfor %}
        end
{%- endmacro %}


{# Where the merchant stands among its peers, by the band of the quartiles or, without one, by the others together. #}
{% macro peer_position(others, lower, upper) -%}
    case
            when {{ lower }} > 100 or ({{ lower }} is null and {{ others }} > 105) then 'below'
            when {{ upper }} < 100 or ({{ upper }} is null and {{ others }} < 95) then 'above'
            when {{ others }} is not null then 'level'
        end
{%- endmacro %}


{# A code of one of these lists in words; null for none. #}
{% macro peer_word(code, language) -%}
    {%- set words = {
        'below': ('below most', 'ниже большинства'),
        'level': ('about like the others', 'примерно как у других'),
        'above': ('above most', 'выше большинства'),
        'first_quarter': ('in the first quarter', 'в первой четверти'),
        'second_quarter': ('in the second quarter', 'во второй четверти'),
        'third_quarter': ('in the third quarter', 'в третьей четверти'),
        'last_quarter': ('in the last quarter', 'в последней четверти'),
        'upper_half': ('in the upper half', 'в верхней половине'),
        'lower_half': ('in the lower half', 'в нижней половине'),
        'under_1': ('under 1%', 'менее 1 %'),
        '1_5': ('1–5%', '1–5 %'),
        '5_10': ('5–10%', '5–10 %'),
        '10_20': ('10–20%', '10–20 %'),
        'over_20': ('over 20%', 'более 20 %'),
        'low': ('low', 'низкий'),
        'middle': ('middle', 'средний'),
        'high': ('high', 'высокий'),
    } -%}
    case {{ code }}
            {% for word, (text_en, text_ru) in words.items() %}
            when '{{ word }}' then '{{ text_ru if language == "ru" else text_en }}'
            {% endfor %}
        end
{%- endmacro %}
