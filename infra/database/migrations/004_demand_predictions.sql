-- One row per as_of, series, grain and period; append-only. A series = legal group x city x category x store.
create table predictions.demand (
    as_of date not null,                       -- last day of history that the model saw
    legal_group text not null,
    city_code text not null,
    category_code text not null,
    store_id bigint,                           -- null: all stores of the group in this city and category
    grain_code text not null check (grain_code in ('day', 'week')),
    period_start date not null,                -- the day, or the first day of the 7 days
    expected_amount numeric(18, 2) not null,   -- the median, net of refunds
    p10_amount numeric(18, 2) not null,
    p25_amount numeric(18, 2) not null,
    p75_amount numeric(18, 2) not null,
    p90_amount numeric(18, 2) not null,
    p95_amount numeric(18, 2) not null,
    model_name text not null,
    model_version integer not null,            -- version in MLflow's registry
    run_id text not null,                      -- MLflow run that measured the model
    scored_at timestamptz not null default now(),
    check (p10_amount <= expected_amount and expected_amount <= p90_amount)
);
create index on predictions.demand (as_of, legal_group, grain_code);
