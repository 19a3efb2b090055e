-- One row per scoring of predictions.*: what was forecast when by which model, without reading the forecasts.
create table predictions.scorings (
    question text not null,                    -- table of the forecasts: purchasing_power, retention, demand
    as_of date not null,
    model_name text not null,
    model_version integer not null,
    row_count bigint not null,
    scored_at timestamptz not null default now(),
    primary key (question, as_of, model_name, model_version, scored_at)
);

-- One row per past forecast and figure, measured when the truth is in; measured again when a day of it was corrected.
create table predictions.forecast_scores (
    model_name text not null,
    model_version integer not null,
    as_of date not null,                       -- last day of history that the forecast saw
    horizon_code text not null,                -- 30, 60, 90 days, or day, week of a demand forecast
    legal_group text not null,                 -- '*': of all
    size_band text not null check (size_band in ('all', 'small', 'medium', 'large')),  -- of the merchants, by revenue
    metric text not null,                      -- named as in MLflow; baseline_…: of the simplest forecast, same truth
    value double precision not null,
    unit_count bigint not null,                -- customers, or periods of series, measured
    measured_at timestamptz not null default now(),
    primary key (model_name, model_version, as_of, horizon_code, legal_group, size_band, metric)
);

-- One row per scoring and feature or forecast: how far its distribution moved since the model was measured.
create table predictions.drift (
    model_name text not null,
    model_version integer not null,
    as_of date not null,
    side text not null check (side in ('input', 'forecast')),
    name text not null,
    psi double precision not null,             -- population stability index
    ks double precision not null,              -- Kolmogorov-Smirnov distance
    unit_count bigint not null,
    measured_at timestamptz not null default now(),
    primary key (model_name, model_version, as_of, side, name)
);

-- One row per model and newest loaded day: can it still be trusted.
create table predictions.model_health (
    model_name text not null,
    as_of date not null,
    model_version integer not null,
    status text not null check (status in ('waiting', 'stable', 'attention', 'degraded')),
    reason_code text not null,
    figures jsonb not null,                    -- what the reason says in numbers
    checked_at timestamptz not null default now(),
    primary key (model_name, as_of)
);
