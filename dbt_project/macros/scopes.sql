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


{# CTEs that end in `scopes` (tenant_id, store_id, category_code, scope_id): the six scopes of each store and category. #}
{% macro scopes_of(finest) -%}
all_scopes as (

    {% for city, category, store in [
        ("'*'", "'*'", '0'), ("'*'", 'category_code', '0'), ('city_code', "'*'", '0'),
        ('city_code', 'category_code', '0'), ('city_code', "'*'", 'store_id'), ('city_code', 'category_code', 'store_id'),
    ] %}
    select
        tenant_id,
        store_id as own_store_id,
        category_code as own_category_code,
        {{ city }} as city_code,
        {{ category }} as category_code,
        {{ store }} as store_id

    from {{ finest }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

scopes as (

    select
        tenant_id,
        own_store_id as store_id,
        own_category_code as category_code,
        {{ scope_id() }} as scope_id

    from all_scopes

)
{%- endmacro %}
