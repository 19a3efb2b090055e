-- Roll-ups by month, the bank's days, and how dbt replaces a window of days in them.
create table marts.fct_bank_days (
    business_date date primary key,
    revenue_amount numeric(18, 2) not null,    -- net of refunds
    receipt_count bigint not null,
    refund_amount numeric(18, 2) not null      -- positive
);

create table marts.fct_city_days (
    business_date date not null,
    city_code text not null,
    revenue_amount numeric(18, 2) not null,
    receipt_count bigint not null,
    refund_amount numeric(18, 2) not null,
    primary key (business_date, city_code)
);

-- All months before the last loaded one together, so that a night reads one month of fct_customer_city_months.
create table marts.agg_past_customer_cities (
    before_month date not null,
    customer_id bigint not null,
    city_code text not null,
    receipt_count bigint not null,
    first_purchase_date date,                  -- null: refunds only
    last_purchase_date date,
    is_home boolean not null,                  -- where the customer bought most; of equal cities, the first by name
    customer_first_purchase_date date,         -- in any city; null: refunds only
    customer_last_purchase_date date
);

create table marts.fct_customer_category_months (
    month_start date not null,
    customer_id bigint not null,
    category_code text not null,
    spend_amount numeric(18, 2) not null,
    receipt_count bigint not null,
    refund_amount numeric(18, 2) not null
) partition by range (month_start);

create table marts.fct_store_customer_months (
    month_start date not null,
    store_id bigint not null,
    customer_id bigint not null,
    revenue_amount numeric(18, 2) not null,
    receipt_count bigint not null,
    refund_amount numeric(18, 2) not null,
    first_purchase_date date,                  -- null: refunds only
    last_purchase_date date
) partition by range (month_start);

create table marts.fct_store_months (
    month_start date not null,
    store_id bigint not null,
    revenue_amount numeric(18, 2) not null,
    receipt_count bigint not null,
    refund_amount numeric(18, 2) not null,
    customer_count bigint not null,
    repeat_customer_count bigint not null,
    lower_quartile_bill_amount numeric(18, 2), -- null: refunds only
    median_bill_amount numeric(18, 2),
    upper_quartile_bill_amount numeric(18, 2)
) partition by range (month_start);

-- The parts of a window that dbt replaces one after another: a partition each, made here where it is missing.
-- A part that is a whole partition is emptied by `truncate`, which leaves no dead rows; another by `delete`.
-- dbt analyses what it wrote; a second time by autovacuum took a third of a core through the whole build.
create function marts.window_parts(target regclass, first_day date, beyond date)
returns table (part_first date, part_beyond date, child text, is_whole boolean) language plpgsql as $$
declare
    new_child text;
begin
    if (select relkind from pg_class where oid = target) <> 'p' then
        return query select first_day, beyond, target::text, false;
        return;
    end if;
    perform raw.ensure_months(target, days.business_date, days.business_date)
    from (
        select distinct date_trunc('month', business_date)::date as business_date
        from ingest.file_days
        where business_date >= first_day and business_date < beyond
    ) as days;
    for new_child in
        select inhrelid::regclass::text from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = target and reloptions is null
    loop
        execute format('alter table %s set (autovacuum_analyze_threshold = 2147483647)', new_child);
    end loop;
    return query
        select
            greatest(children.month_start, first_day),
            least((children.month_start + interval '1 month')::date, beyond),
            children.name,
            children.month_start >= first_day and (children.month_start + interval '1 month')::date <= beyond
        from (
            select inhrelid::regclass::text as name, to_date(right(inhrelid::regclass::text, 6), 'YYYYMM') as month_start
            from pg_inherits where inhparent = target
        ) as children
        where children.month_start < beyond and (children.month_start + interval '1 month')::date > first_day
        order by children.month_start;
end
$$;

create table marts.agg_scope_days (
    tenant_id integer not null,
    scope_id bigint not null,
    business_date date not null,
    city_code text not null,
    category_code text not null,
    store_id bigint not null,
    revenue_amount numeric(18, 2) not null,    -- net of refunds
    receipt_count bigint not null
) partition by range (business_date);
create index on marts.agg_scope_days (scope_id, business_date);

-- Which stores a table of the tenants' history was made for. Where dim_tenant_stores says otherwise now, the tenant
-- (or the store, in the first) loses its rows and gets its whole history again; all else is made by window.
create table marts.known_tenant_stores (
    table_name text not null,
    tenant_id integer not null,
    store_id bigint not null,
    city_code text not null,
    primary key (table_name, tenant_id, store_id)
);
