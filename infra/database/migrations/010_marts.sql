-- Partitioned parents of the facts. They must stand before dbt starts: its relation cache is filled before any hook.
-- dbt makes the children (raw.ensure_months in a pre-hook) and replaces whole days.
-- No b-tree on a fact: it halves the speed of loading; a day is found by its month's partition and the BRIN.
create table marts.fct_transactions (
    business_date date not null,
    customer_id bigint not null,
    store_id bigint not null,
    category_code text not null,
    mcc integer not null,
    amount numeric(18, 2) not null,            -- negative = refund
    is_refund boolean not null,
    file_id integer not null,
    line_number bigint not null
) partition by range (business_date);
create index on marts.fct_transactions using brin (business_date);

create table marts.fct_customer_category_days (
    business_date date not null,
    customer_id bigint not null,
    category_code text not null,
    spend_amount numeric(18, 2) not null,      -- net of refunds
    receipt_count bigint not null,
    refund_amount numeric(18, 2) not null      -- positive
) partition by range (business_date);
create index on marts.fct_customer_category_days using brin (business_date);

create table marts.fct_store_category_days (
    business_date date not null,
    store_id bigint not null,
    category_code text not null,
    revenue_amount numeric(18, 2) not null,    -- net of refunds
    receipt_count bigint not null,
    refund_amount numeric(18, 2) not null      -- positive
) partition by range (business_date);
create index on marts.fct_store_category_days using brin (business_date);

create table marts.fct_tenant_customer_days (
    business_date date not null,
    store_id bigint not null,
    category_code text not null,
    customer_id bigint not null,
    revenue_amount numeric(18, 2) not null,    -- net of refunds
    receipt_count bigint not null
) partition by range (business_date);
create index on marts.fct_tenant_customer_days using brin (business_date);

create table marts.fct_customer_city_months (
    month_start date not null,
    customer_id bigint not null,
    city_code text not null,
    spend_amount numeric(18, 2) not null,      -- net of refunds
    receipt_count bigint not null,
    first_purchase_date date,                  -- null: refunds only
    last_purchase_date date
) partition by range (month_start);
create index on marts.fct_customer_city_months using brin (month_start);

create table marts.fct_member_months (
    month_start date not null,
    store_id bigint not null,
    dimension_code text not null,
    member_code text not null,
    customer_count bigint not null,            -- distinct, with a receipt
    receipt_count bigint not null,
    revenue_amount numeric(18, 2) not null     -- net of refunds
) partition by range (month_start);
create index on marts.fct_member_months using brin (month_start);
