-- Every serving table has row level security, enabled and forced, and the three policies: a rebuilt table loses them.
{{ config(meta={'dagster': {'ref': {'name': 'overview_metrics'}}}) }}
-- depends_on: {{ ref('overview_metrics') }} {{ ref('demand_series') }} {{ ref('customer_portrait') }}
-- depends_on: {{ ref('purchasing_power') }} {{ ref('purchasing_power_bands') }} {{ ref('freshness') }} {{ ref('stock_plan') }}
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
    is distinct from array['owner_all', 'staff_read', 'tenant_read']::name[]
