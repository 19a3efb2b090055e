{#
    A scope is what the dashboard's filters choose: {all | city} x {all | category} x {all | store of that city}.
    '*' stands for all cities or categories, 0 for all stores. A store lies in one city, so six grouping sets are all.
#}
{% macro scope_sets(keys) -%}
    grouping sets (
        ({{ keys }}),
        ({{ keys }}, category_code),
        ({{ keys }}, city_code),
        ({{ keys }}, city_code, category_code),
        ({{ keys }}, city_code, store_id),
        ({{ keys }}, city_code, store_id, category_code)
    )
{%- endmacro %}


{% macro scope_keys() -%}
    case when grouping(city_code) = 1 then '*' else city_code end as city_code,
        case when grouping(category_code) = 1 then '*' else category_code end as category_code,
        case when grouping(store_id) = 1 then 0 else store_id end as store_id
{%- endmacro %}


{# One key of a scope, so that joins are on one column. #}
{% macro scope_id() -%}
    {%- set text_type = dbt.type_string() -%}
    {{ hash_id(
        "cast(tenant_id as " ~ text_type ~ ") || '|' || city_code || '|' || category_code || '|' || cast(store_id as " ~ text_type ~ ")"
    ) }}
{%- endmacro %}
