{# Sentences about models, as the pages of the bank's staff say them. PostgreSQL only: they are used in serving. #}

{# An error as a reader writes it: a share of the amounts, or a Brier score (0-1). #}
{% macro error_text(metric, error, language) -%}
    case when {{ metric }} = 'brier' then {{ number_text(error, 3, language) }} else {{ percent_text(error, language) }} end
{%- endmacro %}


{# Why a model has its status, in one sentence. `health` is the alias of figures, `horizon` the horizon in words. #}
{% macro health_reason(health, horizon, moved, language) -%}
    {%- set last = error_text(health ~ '.metric', health ~ '.error', language) -%}
    {%- set mean = error_text(health ~ '.metric', health ~ '.mean_error', language) -%}
    {%- set deployed -%}
        coalesce(
            {{ {'en': "'; it was put in charge with '", 'ru': "'; при вводе в работу была '"}[language] }}
            || case when {{ health }}.deployed is not null then {{ error_text(health ~ '.metric', health ~ '.deployed', language) }} end,
            ''
        )
    {%- endset -%}
    case {{ health }}.reason_code
            {% if language == 'en' %}
            when 'no_truth_yet' then 'No forecast''s days are all in yet.'
            when 'errors_as_deployed'
                then 'The last forecast (' || {{ horizon }} || ') erred by ' || {{ last }} || {{ deployed }}
                || '. Forecasts measured lately: ' || {{ health }}.windows || '.'
            when 'last_error_grew'
                then 'The last forecast (' || {{ horizon }} || ') erred by ' || {{ last }} || {{ deployed }}
                || '. That is too much, or more than the simplest forecast errs; one forecast is no proof.'
            when 'errors_grew'
                then 'The last forecasts (' || {{ horizon }} || ', number: ' || {{ health }}.windows || ') erred by ' || {{ mean }}
                || ' on average, the newest by ' || {{ last }} || {{ deployed }} || '. A new contest is due.'
            when 'interval_misses'
                then 'The range held ' || {{ percent_text(health ~ '.coverage', language) }} || ' of the outcomes, promised were '
                || {{ percent_text(health ~ '.promised', language) }} || '.'
            when 'probability_misses'
                then 'The stated chances are off by ' || {{ percent_text(health ~ '.calibration_error', language) }} || ' on average.'
            when 'distribution_moved'
                then 'Not distributed as when the model was measured: ' || {{ moved }} || ', stability index '
                || {{ number_text(health ~ '.psi', 2, language) }} || '.'
            {% else %}
            when 'no_truth_yet' then 'Ещё не прошли все дни ни одного прогноза.'
            when 'errors_as_deployed'
                then 'Ошибка последнего прогноза (' || {{ horizon }} || ') — ' || {{ last }} || {{ deployed }}
                || '. Измерено прогнозов за последнее время: ' || {{ health }}.windows || '.'
            when 'last_error_grew'
                then 'Ошибка последнего прогноза (' || {{ horizon }} || ') — ' || {{ last }} || {{ deployed }}
                || '. Это слишком много или больше, чем у простейшего прогноза; один прогноз ещё не доказательство.'
            when 'errors_grew'
                then 'Средняя ошибка последних прогнозов (' || {{ horizon }} || ', число: ' || {{ health }}.windows || ') — ' || {{ mean }}
                || ', самого нового — ' || {{ last }} || {{ deployed }} || '. Нужен новый конкурс.'
            when 'interval_misses'
                then 'В диапазон попало ' || {{ percent_text(health ~ '.coverage', language) }} || ' исходов, обещано '
                || {{ percent_text(health ~ '.promised', language) }} || '.'
            when 'probability_misses'
                then 'Названные вероятности расходятся с долями в среднем на '
                || {{ percent_text(health ~ '.calibration_error', language) }} || '.'
            when 'distribution_moved'
                then 'Распределение не такое, как при измерении модели: ' || {{ moved }} || ', индекс стабильности '
                || {{ number_text(health ~ '.psi', 2, language) }} || '.'
            {% endif %}
        end
{%- endmacro %}
