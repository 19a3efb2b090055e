{# Hooks of fct_tenant_customer_days, in its transaction: which stores' whole history it holds. #}

{# A store that became a tenant's, or is nobody's any more, loses what rows it has: it comes back with all of them. #}
{% macro forget_changed_stores() -%}
    {%- set known = source('marts', 'tenant_store_histories') -%}
    with changed as (
        select coalesce(owned.store_id, known.store_id) as store_id
        from {{ ref('dim_tenant_stores') }} as owned
        full outer join {{ known }} as known on owned.store_id = known.store_id
        where owned.store_id is null or known.store_id is null
    )

    delete from {{ this }} where store_id in (select changed.store_id from changed)
{%- endmacro %}


{% macro remember_stores() -%}
    {%- set known = source('marts', 'tenant_store_histories') -%}
    delete from {{ known }};
    insert into {{ known }} (store_id) select owned.store_id from {{ ref('dim_tenant_stores') }} as owned
{%- endmacro %}
