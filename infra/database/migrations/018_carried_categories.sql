-- A customer's categories carry as 015's forecasts do, and so do the rows of nobody, which a version says once for all.
-- With 14 rows a customer, no more than a week is looked back over.
alter table predictions.category_priority
    add column carried_days integer not null default 0 check (carried_days between -1 and 7),
    add column history_fingerprint bigint;     -- of all that the model saw of the customer; null without customer

-- What a version says on a day: all rows of each customer's newest scoring, where it still stands. A category that it no
-- longer keeps must not come back from an older one.
create function predictions.category_priority_on(day date, model text, version integer)
returns setof predictions.category_priority language sql stable as $$
    select
        as_of, horizon_days, customer_id, category_code, category_rank, purchase_probability, model_name, model_version,
        scored_at, carried_days, history_fingerprint
    from (
        select *, rank() over (partition by horizon_days, customer_id order by as_of desc, scored_at desc) as newness
        from predictions.category_priority
        where as_of <= day and as_of > day - 8 and model_name = model and model_version = version
    ) as ranked where newness = 1 and as_of + carried_days >= day
$$;
