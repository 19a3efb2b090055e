-- PostgreSQL is the wall between tenants: session_user decides, neither current_user nor a setting can change it.
create table security.tenants (
    tenant_id integer generated always as identity (start with 101) primary key,
    name text not null unique,
    legal_group text not null unique,
    language text not null default 'ru' check (language in ('ru', 'en')),
    login text not null unique,                -- of the first user in Superset
    role_name name not null unique check (role_name ~ '^t_[0-9a-f]{12}$'),
    is_active boolean not null default true,
    created_at timestamptz not null default now()
);

-- What a tenant says of its stock, `lyra tenant set`; who has no row has the defaults of ml_assets/stock_plan.py.
create table security.stock_terms (
    tenant_id integer primary key references security.tenants on delete cascade,
    service_level numeric(4, 3) not null default 0.95 check (service_level > 0 and service_level < 1),
    lead_days integer not null default 3 check (lead_days >= 0),
    review_days integer not null default 7 check (review_days >= 1),
    average_price numeric(18, 2) check (average_price > 0),  -- of a piece; null: the plan is in money only
    check (lead_days + review_days <= 28)
);

create function security.my_tenant() returns integer language sql stable security definer
set search_path = security, pg_temp
as $$ select tenant_id from security.tenants where role_name = session_user and is_active $$;

-- Called by the post-hook of every serving table, so that a rebuilt table never stands without its policies.
create function security.protect(target regclass) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy tenant_read on %s for select to bi_tenant '
                   'using (tenant_id = (select security.my_tenant()))', target);
    execute format('create policy staff_read on %s for select to bi_staff using (true)', target);
    execute format('create policy owner_all on %s to %I using (true) with check (true)', target, current_user);
    execute format('grant select on %s to bi_tenant, bi_staff', target);
end
$$;

revoke execute on function security.my_tenant() from public;
grant execute on function security.my_tenant() to bi_tenant;
revoke all on schema public from public;
grant usage on schema serving to bi_tenant, bi_staff;
