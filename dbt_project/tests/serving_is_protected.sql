-- Every serving table has row level security, enabled and forced, and its policies: a rebuilt table loses them.
{{ config(meta={'dagster': {'ref': {'name': 'overview_metrics'}}}) }}
-- depends_on: {{ ref('overview_metrics') }} {{ ref('demand_series') }} {{ ref('customer_portrait') }}
-- depends_on: {{ ref('purchasing_power') }} {{ ref('purchasing_power_bands') }} {{ ref('freshness') }} {{ ref('stock_plan') }}
-- depends_on: {{ ref('forecast_errors') }} {{ ref('model_health') }} {{ ref('model_scores') }} {{ ref('model_drift') }}
-- depends_on: {{ ref('model_challengers') }} {{ ref('model_deployments') }}
-- depends_on: {{ ref('peer_comparison') }} {{ ref('peer_standing') }} {{ ref('peer_customers') }} {{ ref('audience') }}
-- depends_on: {{ ref('model_challengers') }} {{ ref('model_deployments') }} {{ ref('customer_segments') }}
-- depends_on: {{ ref('segment_movements') }}
-- depends_on: {{ ref('category_priority') }} {{ ref('look_alikes') }}
{% set staff_only = ['model_challengers', 'model_deployments', 'model_drift', 'model_health', 'model_scores'] %}
select
    tables.relname,
    tables.relrowsecurity,
    tables.relforcerowsecurity,
    array_agg(policies.polname order by policies.polname) as policies

from pg_class as tables

left join pg_policy as policies on tables.oid = policies.polrelid

where
    tables.relnamespace = to_regnamespace('{{ ref('overview_metrics').schema }}')
    and tables.relkind in ('r', 'p', 'v', 'm')

group by tables.oid, tables.relname, tables.relrowsecurity, tables.relforcerowsecurity

having
    not tables.relrowsecurity
    or not tables.relforcerowsecurity
    or array_agg(policies.polname order by policies.polname)
    is distinct from case
        when tables.relname in ('{{ staff_only | join("', '") }}')
            then array['owner_all', 'staff_read']
        else array['owner_all', 'staff_read', 'tenant_read']
    end::name[]
