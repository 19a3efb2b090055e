{#
    A sum over all history that a night need not make again: that of the months before the last loaded one. It stands
    while no other month is the last and no run touches an earlier month.
#}

{% macro last_month() -%}
    select {{ first_of_month('max(days.business_date)') }} as month_start from {{ ref('fct_bank_days') }} as days
{%- endmacro %}


{# A row where the sum must be made anew, none where it stands. #}
{% macro is_outdated() -%}
    select last_month.month_start

    from ({{ last_month() }}) as last_month

    where
        last_month.month_start > {{ date_literal(window_bounds('day')[0]) }}
        or not exists (
            select 1 from {{ this }} as present
            where present.before_month = last_month.month_start
        )
{%- endmacro %}


{# Pre-hook. #}
{% macro forget_outdated() -%}
    delete from {{ this }} where exists ({{ is_outdated() }})
{%- endmacro %}
