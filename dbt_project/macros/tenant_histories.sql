{#
    Tenants come and go, and stores change hands: what a table of theirs holds outside the run's window is right only for
    the stores it was made for. Those are written down in the table's own transaction (marts.known_tenant_stores).
#}

{# The values of a key (store_id, tenant_id) for which the stores of now are not those the table was made for. #}
{% macro changed_tenant_stores(key) -%}
    select coalesce(owned.{{ key }}, known.{{ key }}) as {{ key }}

    from {{ ref('dim_tenant_stores') }} as owned

    full outer join (
        select
            tenant_id,
            store_id,
            city_code

        from {{ source('marts', 'known_tenant_stores') }}

        where table_name = '{{ this.identifier }}'
    ) as known
        on
            owned.tenant_id = known.tenant_id
            and owned.store_id = known.store_id
            and owned.city_code = known.city_code

    where owned.store_id is null or known.store_id is null

    group by coalesce(owned.{{ key }}, known.{{ key }})
{%- endmacro %}


{# Pre-hook. #}
{% macro forget_changed_tenant_stores(key) -%}
    delete from {{ this }} where {{ key }} in ({{ changed_tenant_stores(key) }})
{%- endmacro %}


{# Post-hook. #}
{% macro remember_tenant_stores() -%}
    {%- set known = source('marts', 'known_tenant_stores') -%}
    delete from {{ known }} where table_name = '{{ this.identifier }}';
    insert into {{ known }} (table_name, tenant_id, store_id, city_code)
    select '{{ this.identifier }}', owned.tenant_id, owned.store_id, owned.city_code
    from {{ ref('dim_tenant_stores') }} as owned
{%- endmacro %}
