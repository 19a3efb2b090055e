-- One row per as_of, customer with a receipt in the last 90 days and category that the prediction keeps: the ten
-- likeliest, and others of 1 % or more. A row without customer holds for every customer of whom the category is not
-- kept: about 14 rows a customer instead of one a category, and sums over customers stay whole. Append-only.
create table predictions.category_priority (
    as_of date not null,                       -- last day of history that the model saw
    horizon_days integer not null,             -- 30 days after as_of
    customer_id bigint,                        -- null: every customer without a row in this category
    category_code text not null,
    category_rank smallint,                    -- 1 comes first; null without customer
    purchase_probability numeric(5, 4) not null check (purchase_probability between 0 and 1),
    model_name text not null,
    model_version integer not null,            -- version in MLflow's registry, which tells the run
    scored_at timestamptz not null default now()
);
create index on predictions.category_priority (as_of, model_version);
