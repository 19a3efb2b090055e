{# Figures as a reader of each language writes them; null is a dash. PostgreSQL only: they are used in serving. #}

{% macro currency_symbol(code) -%}
    case {{ code }} when 'RUB' then '₽' when 'USD' then '$' when 'GBP' then '£' when 'EUR' then '€' else {{ code }} end
{%- endmacro %}


{# 1234567.8 -> '₽1.2M', '1,2 млн ₽'. Below a million the whole amount, below a hundred with two decimals. #}
{% macro money_text(amount, symbol, language) -%}
    {%- set size = 'abs(' ~ amount ~ ')' -%}
    {%- if language == 'ru' -%}
        {%- set billion, million, unit = "' млрд ' || " ~ symbol, "' млн ' || " ~ symbol, "' ' || " ~ symbol -%}
        {%- set before = "''" -%}
    {%- else -%}
        {%- set billion, million, unit, before = "'B'", "'M'", "''", symbol -%}
    {%- endif -%}
    case
            when {{ amount }} is null then '—'
            else
                {{ minus_sign(amount) }} || {{ before }}
                || case
                    when {{ size }} >= 999950000 then {{ number_text(size ~ ' / 1000000000', 1, language) }} || {{ billion }}
                    when {{ size }} >= 999999.5 then {{ number_text(size ~ ' / 1000000', 1, language) }} || {{ million }}
                    when {{ size }} >= 99.995 or {{ size }} = 0 then {{ number_text(size, 0, language) }} || {{ unit }}
                    else {{ number_text(size, 2, language) }} || {{ unit }}
                end
        end
{%- endmacro %}


{# 12340 -> '12,340', '12 340'. #}
{% macro count_text(count, language) -%}
    case
            when {{ count }} is null then '—'
            else {{ minus_sign(count) }} || {{ number_text('abs(' ~ count ~ ')', 0, language) }}
        end
{%- endmacro %}


{# .0451 -> '4.5%', '4,5 %'. #}
{% macro percent_text(share, language) -%}
    case
            when {{ share }} is null then '—'
            else {{ minus_sign(share) }} || {{ number_text('abs(' ~ share ~ ') * 100', 1, language) }} || '{{ ' %' if language == 'ru' else '%' }}'
        end
{%- endmacro %}


{# .0451 -> '+4.5%', '+4,5 %'; with unit='points', a difference of two shares: '+4.5 pp', '+4,5 п. п.'. #}
{% macro change_text(share, language, unit='percent') -%}
    {%- set behind = {'percent': {'ru': ' %', 'en': '%'}, 'points': {'ru': ' п. п.', 'en': ' pp'}}[unit][language] -%}
    case
            when {{ share }} is null then '—'
            else
                case when round({{ share }}, 3) > 0 then '+' else '' end
                || {{ minus_sign('round(' ~ share ~ ', 3)') }}
                || {{ number_text('abs(' ~ share ~ ') * 100', 1, language) }} || '{{ behind }}'
        end
{%- endmacro %}


{% macro minus_sign(number) -%}
    case when {{ number }} < 0 then '−' else '' end
{%- endmacro %}


{# Thousands are parted by a comma, in Russian by a no-break space (U+00A0), so that no line ends within a number. #}
{% macro number_text(number, decimals, language) -%}
    {%- set plain = "to_char(" ~ number ~ ", 'FM999,999,999,990" ~ ('.' ~ '0' * decimals if decimals else '') ~ "')" -%}
    {%- if language == 'ru' -%}
        translate({{ plain }}, ',.', chr(160) || ',')
    {%- else -%}
        {{ plain }}
    {%- endif -%}
{%- endmacro %}
