-- One row per customer and day on which his purchases were new: his point among the customers, until his next row. Points of
-- two versions cannot be compared, so only those of the newest are kept. About single persons: nothing to the right reads it.
create table predictions.customer_embeddings (
    as_of date not null,                       -- last day of history that was seen
    customer_id bigint not null,
    model_name text not null,
    model_version integer not null,            -- version in MLflow's registry whose encoder it is
    embedding real[] not null,
    embedded_at timestamptz not null,          -- purchases of days computed later are not in it
    primary key (model_name, model_version, customer_id, as_of)
);
