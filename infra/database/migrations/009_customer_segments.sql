-- One row per customer and change: from as_of on he is in this segment, until his next row.
create table predictions.customer_segments (
    as_of date not null,                       -- last day of history that was seen
    customer_id bigint not null,
    segment_number integer,                    -- the same from run to run; null: no purchase in the year before
    model_name text not null,
    model_version integer not null,            -- version in MLflow's registry
    scored_at timestamptz not null default now(),
    primary key (customer_id, as_of)
);

-- One row per segment of a version: what a merchant reads of it.
create table predictions.segment_stories (
    model_version integer not null,
    segment_number integer not null,
    segment_code text not null,
    name_en text not null,
    name_ru text not null,
    advice_en text not null,
    advice_ru text not null,
    primary key (model_version, segment_number)
);
