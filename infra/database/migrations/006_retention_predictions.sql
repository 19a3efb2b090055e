-- One row per as_of, horizon, legal group and customer with a receipt there in the last 90 days; append-only.
create table predictions.retention (
    as_of date not null,                       -- last day of history that the model saw
    horizon_days integer not null,             -- 30, 60 or 90 days after as_of
    legal_group text not null,                 -- to whose stores the customer may return
    customer_id bigint not null,
    return_probability numeric(5, 4) not null check (return_probability between 0 and 1),
    model_name text not null,
    model_version integer not null,            -- version in MLflow's registry
    run_id text not null,                      -- MLflow run that trained the model
    scored_at timestamptz not null default now()
);
create index on predictions.retention (as_of, legal_group, horizon_days);
