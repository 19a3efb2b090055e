-- One row per as_of and series: what to have in stock or on order, from the demand forecast and the tenant's terms.
create table predictions.stock_plans (
    as_of date not null,                       -- last day of history that the forecast saw
    legal_group text not null,
    city_code text not null,
    category_code text not null,
    store_id bigint,                           -- null: all stores of the group in this city and category
    service_level numeric(4, 3) not null,
    lead_days integer not null,
    review_days integer not null,
    average_price numeric(18, 2),              -- null: not given, hence no pieces
    expected_amount numeric(18, 2) not null,   -- median revenue of lead_days + review_days
    stock_amount numeric(18, 2) not null,      -- goods for that long, at the prices of sale
    expected_pieces numeric(18, 1),
    stock_pieces numeric(18, 1),
    model_name text not null,                  -- of the demand forecast
    model_version integer not null,
    run_id text not null,
    scored_at timestamptz not null default now()
);
create index on predictions.stock_plans (as_of, legal_group);
