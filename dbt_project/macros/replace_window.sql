{#
    The incremental strategy of every fact: delete the window's days from the target, insert what the query made of them.
    Rows that vanished from the source vanish here, and a second run changes nothing. (`merge` would keep vanished rows.)
    A fact by month replaces the whole months that the window touches.
#}
{% macro get_incremental_replace_window_sql(arguments) %}
    {%- set columns = arguments.dest_columns | map(attribute='name') | join(', ') -%}
    delete from {{ arguments.target_relation }} where {{ in_window(*config.get('meta')['window']) }};
    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }};
{% endmacro %}


{# A condition: the date column lies in the run's window, widened to whole months where the grain is a month. #}
{% macro in_window(column, grain='day') -%}
    {%- set first = modules.datetime.date.fromisoformat(var('window_start')) -%}
    {%- set beyond = modules.datetime.date.fromisoformat(var('window_end')) -%}
    {%- if grain == 'month' -%}
        {%- set last = beyond - modules.datetime.timedelta(days=1) -%}
        {%- set first = first.replace(day=1) -%}
        {%- set beyond = (last.replace(day=1) + modules.datetime.timedelta(days=32)).replace(day=1) -%}
    {%- endif -%}
    {{ column }} >= cast('{{ first.isoformat() }}' as date) and {{ column }} < cast('{{ beyond.isoformat() }}' as date)
{%- endmacro %}


{# Pre-hook: the partitions for the window's days. The parent is made by infra/database/migrations/010_marts.sql. #}
{% macro ensure_partitions() -%}
    {{ return(adapter.dispatch('ensure_partitions', 'lyra')()) }}
{%- endmacro %}

{% macro postgres__ensure_partitions() -%}
    select raw.ensure_months('{{ this }}', min(business_date), max(business_date))
    from raw.transactions
    where {{ in_window('business_date') }}
{%- endmacro %}
