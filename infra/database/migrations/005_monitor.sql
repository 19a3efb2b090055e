create schema monitor;            -- what the pipeline knows about itself; the `lyra` command reads it without Dagster

-- The days that marts hold: written when files, raw, staging and marts agreed in rows and money.
create table monitor.reconciled_days (
    business_date date not null,
    file_id integer not null,
    row_count bigint not null,
    amount numeric(18, 2) not null,
    dagster_run_id text not null,
    reconciled_at timestamptz not null default now(),
    primary key (business_date, file_id)
);

-- The days that marts do not hold yet, hold from another file, or hold under older categories or descriptions of customers:
-- what a run has to compute. A list of clients describes the days from its own on, the first of all lists every day.
create view monitor.pending_days as
select distinct business_date
from ingest.file_days
full join monitor.reconciled_days using (business_date, file_id)
where
    file_days.row_count is distinct from reconciled_days.row_count
    or file_days.amount is distinct from reconciled_days.amount
    or reconciled_days.reconciled_at
    < (select max(loaded_at) from ingest.files where kind in ('mcc', 'categories') and status = 'loaded')
    or exists (
        select from ingest.files
        where
            kind = 'clients'
            and status = 'loaded'
            and loaded_at > reconciled_days.reconciled_at
            and (
                covers_until <= business_date
                or covers_until = (select min(covers_until) from ingest.files where kind = 'clients' and status <> 'refused')
            )
    );

-- At most one row: the tables of serving_candidate were built and passed their tests. Publishing takes it away.
create table monitor.candidate (
    is_only_row boolean primary key default true check (is_only_row),
    dagster_run_id text not null,
    tested_at timestamptz not null default clock_timestamp()
);

create table monitor.releases (
    release_id integer generated always as identity primary key,
    published_at timestamptz not null default clock_timestamp(),
    loaded_until date,                         -- newest business date in the release
    predicted_as_of date,                      -- newest scoring in the release
    table_count integer not null,
    row_count bigint not null,
    dagster_run_id text not null
);

-- One row per failed step. What is newer than the last release is what is red now.
create table monitor.failures (
    failure_id integer generated always as identity primary key,
    dagster_run_id text not null,
    job_name text not null,
    step text not null,
    error text not null,
    failed_checks text[] not null,             -- asset:check
    failed_at timestamptz not null default clock_timestamp()
);

-- At most one row, where LYRA_KEEP_MONTHS is set: days before kept_from were dropped and may not be loaded again.
create table monitor.retention (
    is_only_row boolean primary key default true check (is_only_row),
    kept_from date not null                    -- first of a month
);
