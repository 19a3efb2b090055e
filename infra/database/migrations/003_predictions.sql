create table predictions.purchasing_power (
    as_of date not null,                       -- last day of history that the model saw
    horizon_days integer not null,             -- 30 or 90 days after as_of
    customer_id bigint not null,
    expected_amount numeric(18, 2) not null,   -- expected spend within the horizon
    p10_amount numeric(18, 2) not null,
    p50_amount numeric(18, 2) not null,
    p90_amount numeric(18, 2) not null,
    model_name text not null,
    model_version integer not null,            -- version in MLflow's registry
    run_id text not null,                      -- MLflow run that trained the model
    scored_at timestamptz not null default now()
);
create index on predictions.purchasing_power (as_of, horizon_days, model_name, model_version);

-- One row each time an alias moves: MLflow keeps no history of its own.
create table predictions.deployments (
    deployment_id integer generated always as identity primary key,
    model_name text not null,
    model_version integer not null,
    learner text not null,                     -- which contender: rate, lightgbm, encoder
    alias text not null,
    run_id text not null,
    as_of date not null,
    metrics jsonb not null,
    reason text not null,
    deployed_by text not null,
    deployed_at timestamptz not null default now()
);
