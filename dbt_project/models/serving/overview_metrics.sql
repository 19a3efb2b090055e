{% set least = var('minimum_customers') %}

with

bank as (

    select {{ currency_symbol('max(currency_code)') }} as symbol from {{ source('ingest', 'bank') }}

),

metrics as (

    select * from {{ ref('agg_scope_metrics') }}

),

windows as (

    select
        period_days,
        bool_or(last_date is not null) as is_anything_loaded,
        bool_or(is_loaded and window_kind = 'previous') as has_previous,
        bool_or(is_loaded and window_kind = 'last_year') as has_last_year

    from {{ ref('dim_report_windows') }}

    group by period_days

),

periods (period_days, period_sort, period_en, period_ru) as (

    {{ period_labels() }}

),

-- Every choice of the filters meets every period, also where nothing was bought.
pages as (

    select
        scopes.*,
        periods.period_days,
        periods.period_sort,
        periods.period_en,
        periods.period_ru,
        windows.is_anything_loaded,
        {% for kind, is_known in [
            ('current', 'true'),
            ('previous', 'windows.has_previous'),
            ('last_year', 'windows.has_last_year'),
        ] %}
            {% for column in [
                'revenue_amount', 'receipt_count', 'customer_count', 'new_customer_count', 'repeat_customer_count',
            ] %}
                case when {{ is_known }} then coalesce({{ kind }}_metrics.{{ column }}, 0) end
                    as {{ kind }}_{{ column }}{{ ',' if not loop.last }}
            {% endfor %}
            {{- ',' if not loop.last }}
        {% endfor %}

    from {{ ref('dim_scopes') }} as scopes

    cross join periods

    inner join windows on periods.period_days = windows.period_days

    {% for kind in ['current', 'previous', 'last_year'] %}
        left join metrics as {{ kind }}_metrics
            on
                {{ kind }}_metrics.window_kind = '{{ kind }}'
                and scopes.scope_id = {{ kind }}_metrics.scope_id
                and periods.period_days = {{ kind }}_metrics.period_days
    {% endfor %}

),

-- One row a metric. What tells something about people is null where they are too few; so is a rate of nothing.
rows_of_metrics as (

    select
        pages.*,
        metric.*

    from pages

    cross join lateral (
        values
        {% for metric_code, metric_en, metric_ru, unit, formula, is_about_people in metric_definitions() %}
            (
                '{{ metric_code }}', '{{ metric_en }}', '{{ metric_ru }}', {{ loop.index }},
                '{{ unit }}', {{ is_about_people }},
                {% for kind in ['current', 'previous', 'last_year'] %}
                    {{ metric_formula(formula, kind, is_about_people, least) }}{{ ',' if not loop.last }}
                {% endfor %}
            ){{ ',' if not loop.last }}
        {% endfor %}
    ) as metric (
        metric_code, metric_en, metric_ru, metric_sort, unit, is_about_people, value, previous_value, last_year_value
    )

),

compared as (

    select
        *,
        case
            when unit = 'share' then value - previous_value
            else (value - previous_value) / nullif(abs(previous_value), 0)
        end as change_share,
        case
            when unit = 'share' then value - last_year_value
            else (value - last_year_value) / nullif(abs(last_year_value), 0)
        end as last_year_change_share,
        case
            when not is_anything_loaded then 'no_data'
            when is_about_people and current_customer_count between 1 and {{ least }} - 1 then 'withheld'
            when value is null then 'no_data'
            else 'published'
        end as status

    from rows_of_metrics

),

final as (

    select
        compared.tenant_id,
        compared.tenant_name,
        compared.period_days,
        compared.period_sort,
        compared.period_en,
        compared.period_ru,
        compared.city_en,
        compared.city_ru,
        compared.category_en,
        compared.category_ru,
        compared.store_name_en,
        compared.store_name_ru,
        compared.metric_code,
        compared.metric_sort,
        compared.metric_en,
        compared.metric_ru,
        cast(case when compared.status = 'published' then compared.value end as numeric(18, 4)) as value,
        cast(compared.previous_value as numeric(18, 4)) as previous_value,
        cast(compared.change_share as numeric(18, 4)) as change_share,
        cast(compared.last_year_value as numeric(18, 4)) as last_year_value,
        cast(compared.last_year_change_share as numeric(18, 4)) as last_year_change_share,
        {% for language in ['en', 'ru'] %}
            {% for text, column in [
                ('value', 'value'),
                ('previous', 'previous_value'),
                ('last_year', 'last_year_value'),
            ] %}
                case compared.unit
                    when 'money' then {{ money_text('compared.' ~ column, 'bank.symbol', language) }}
                    when 'share' then {{ percent_text('compared.' ~ column, language) }}
                    else {{ count_text('compared.' ~ column, language) }}
                end as {{ text }}_{{ language }},
            {% endfor %}
            {% for text in ['change', 'last_year_change'] %}
                case compared.unit
                    when 'share' then {{ change_text('compared.' ~ text ~ '_share', language, 'points') }}
                    else {{ change_text('compared.' ~ text ~ '_share', language) }}
                end as {{ text }}_{{ language }},
            {% endfor %}
        {% endfor %}
        compared.status,
        {{ reason_text('compared.status', 'compared.is_anything_loaded', 'en') }} as reason_en,
        {{ reason_text('compared.status', 'compared.is_anything_loaded', 'ru') }} as reason_ru

    from compared

    cross join bank

)

select * from final
