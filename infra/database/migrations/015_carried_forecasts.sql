-- A customer's forecast stands from its as_of for carried_days more, unless a newer row of the same model stands beside
-- it: only who bought, was corrected or waited that long is scored again. Where a correction leaves a customer without a
-- receipt in the window, carried_days is brought forward to the day before; no forecast is changed.
alter table predictions.purchasing_power
    add column carried_days integer not null default 0 check (carried_days between -1 and 30),
    add column history_fingerprint bigint;     -- of all that the model saw of the customer
alter table predictions.retention
    add column carried_days integer not null default 0 check (carried_days between -1 and 30),
    add column history_fingerprint bigint;
create index on predictions.retention (as_of, horizon_days, model_name, model_version);

-- What a version says on a day: the newest row of each customer, where it still stands.
create function predictions.purchasing_power_on(day date, model text, version integer)
returns setof predictions.purchasing_power language sql stable as $$
    select * from (
        select distinct on (horizon_days, customer_id) * from predictions.purchasing_power
        where as_of <= day and as_of > day - 31 and model_name = model and model_version = version
        order by horizon_days, customer_id, as_of desc, scored_at desc
    ) as newest where as_of + carried_days >= day
$$;

create function predictions.retention_on(day date, model text, version integer)
returns setof predictions.retention language sql stable as $$
    select * from (
        select distinct on (horizon_days, legal_group, customer_id) * from predictions.retention
        where as_of <= day and as_of > day - 31 and model_name = model and model_version = version
        order by horizon_days, legal_group, customer_id, as_of desc, scored_at desc
    ) as newest where as_of + carried_days >= day
$$;
