-- What competitors' figures are made of: month x city x category x legal group.
drop table if exists marts.fct_peer_months;
create table marts.fct_group_months (
    month_start date not null,
    city_code text not null,
    category_code text not null,
    legal_group text not null,
    revenue_amount numeric(18, 2) not null,    -- net of refunds
    receipt_count bigint not null,
    refund_amount numeric(18, 2) not null,     -- positive
    store_count bigint not null,
    customer_count bigint not null,            -- distinct, with a receipt
    repeat_customer_count bigint not null,     -- of them, with two receipts or more
    new_customer_count bigint,                 -- of them, unseen for three months; null: these are not loaded
    weekday_1_receipt_count bigint not null,   -- Monday
    weekday_2_receipt_count bigint not null,
    weekday_3_receipt_count bigint not null,
    weekday_4_receipt_count bigint not null,
    weekday_5_receipt_count bigint not null,
    weekday_6_receipt_count bigint not null,
    weekday_7_receipt_count bigint not null,
    lower_quartile_bill_amount numeric(18, 2), -- null: refunds only
    median_bill_amount numeric(18, 2),
    upper_quartile_bill_amount numeric(18, 2)
) partition by range (month_start);
-- Where days were computed before this table was, they are computed again.
delete from monitor.reconciled_days;

create schema benchmark_candidate;  -- built and attacked here; appended to `benchmarks` in one transaction
create schema benchmarks;           -- append-only: what was ever published about competitors, and from what

-- Who is compared with whom, from the first release of a quarter until that of the next.
create table benchmarks.peer_members (
    assignment_start date not null,            -- first day of the quarter
    peer_group_id bigint not null,
    rung text not null check (rung in ('city', 'region', 'country', 'category_group')),
    area_code text not null,                   -- city, English name of the region, or '*'
    category_code text not null,               -- of the peer group: a category, or a category group
    pool_part text not null,                   -- whole, without_largest_tenth, without_largest_third, rest
    size_band text not null,                   -- small, middle, large; 'all': not divided by size
    price_tier text not null,                  -- low, middle, high; 'all': not divided by price
    city_code text not null,                   -- of the member
    member_category_code text not null,
    legal_group text not null,
    primary key (assignment_start, city_code, member_category_code, legal_group)
);

create table benchmarks.releases (
    release_id bigint generated always as identity primary key,
    period_start date not null,                -- first day of the month
    rules_version text not null,               -- digest of staging.disclosure_rules
    assignment_start date not null,
    supersedes bigint references benchmarks.releases,
    released_at timestamptz not null default clock_timestamp(),
    dagster_run_id text not null,
    attack jsonb not null                      -- what the attack on the candidate found
);

-- The frozen inputs of a release: a correction is compared with them. No foreign key here and in the figures: nobody can
-- delete a release, and checking half a million rows one by one took 15 s and half a GiB.
create table benchmarks.group_months (like marts.fct_group_months including all);
alter table benchmarks.group_months add release_id bigint not null;
alter table benchmarks.group_months add primary key (release_id, city_code, category_code, legal_group);

create table benchmarks.peer_figures (
    release_id bigint not null,
    period_start date not null,
    legal_group text not null,                 -- the viewer: its figures are of the others
    city_code text not null,
    category_code text not null,
    peer_group_id bigint,                      -- null: the viewer waits for the next quarter
    rung text,
    area_code text,
    group_category_code text,
    pool_part text,
    size_band text,
    price_tier text,
    peer_count_band text,                      -- how many other groups: 5-9, 10-19, 20-49, 50+
    status text not null check (status in ('published', 'withheld')),
    reason_code text,                          -- why the whole row is withheld
    rank_band text,
    market_share_band text,
    price_position text,
    primary key (release_id, legal_group, city_code, category_code)
);
do $$
declare
    metric text;
begin
    foreach metric in array array[
        'growth', 'growth_last_year', 'average_bill', 'receipts_per_customer', 'repeat_rate', 'new_customer_share',
        'weekday_1', 'weekday_2', 'weekday_3', 'weekday_4', 'weekday_5', 'weekday_6', 'weekday_7'
    ] loop
        execute format(
            'alter table benchmarks.peer_figures '
            'add own_%1$s numeric(18, 6), '                  -- exact: it is the viewer''s own
            'add peer_%1$s_index numeric(18, 6), '           -- the others together, own = 100
            'add lower_quartile_%1$s_index numeric(18, 6), ' -- a quarter of the others lie below it
            'add upper_quartile_%1$s_index numeric(18, 6), '
            'add %1$s_status text not null',                 -- published, or the reason why not
            metric
        );
    end loop;
end
$$;

create function benchmarks.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%.% is append-only: what was published stays. A correction is a new release.',
        tg_table_schema, tg_table_name;
end
$$;
do $$
declare
    target text;
begin
    foreach target in array array['peer_members', 'releases', 'group_months', 'peer_figures'] loop
        execute format('create trigger append_only before update or delete or truncate on benchmarks.%I '
                       'for each statement execute function benchmarks.refuse_change()', target);
    end loop;
end
$$;

create view benchmarks.current_releases as
select distinct on (period_start) * from benchmarks.releases order by period_start, release_id desc;

-- What the candidate is to be built for: replaced by each run, before dbt.
create table benchmarks.due_months (
    period_start date primary key,
    assignment_start date not null,
    previous_start date,                       -- the month before; null: not wholly loaded
    last_year_start date,
    supersedes bigint references benchmarks.releases,
    attack jsonb                               -- what the attack on the candidate found; null: not held, or it succeeded
);

-- The assignment that is to be made with them: at most one row.
create table benchmarks.due_assignment (
    is_only_row boolean primary key default true check (is_only_row),
    assignment_start date not null,
    first_month date not null,                 -- of the closed months that it is made from
    last_month date not null
);

-- Filled where LYRA_CELL_KEY is set: a factor near 1 for each viewer, by HMAC over the names of the others.
create table benchmarks.cell_noise (
    assignment_start date not null,
    peer_group_id bigint not null,
    legal_group text not null,
    factor double precision not null,
    primary key (assignment_start, peer_group_id, legal_group)
);
