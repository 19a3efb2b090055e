-- One row per tenant and closed month: that its look-alike audience was counted, and from how many best customers.
create table predictions.look_alike_audiences (
    as_of date not null,                       -- last day of the month, and of the history that was seen
    legal_group text not null,
    best_count integer not null,               -- a quarter of its customers of 90 days; too few: nobody is counted
    auroc double precision,                    -- of held-out best customers against everybody else's; null: too few
    counted_at timestamptz not null default now(),
    primary key (legal_group, as_of)
);

-- How many resemble them and are not its customers. Exact, so nothing but the rules of serving.look_alikes reads it.
create table predictions.look_alike_counts (
    as_of date not null,
    legal_group text not null,
    city_code text not null,                   -- home city
    spend_level smallint not null check (spend_level between 1 and 3), -- third of the bank's customers by spend
    customer_count bigint not null check (customer_count > 0),
    spend_amount numeric(18, 2) not null,      -- of 90 days, in the tenant's categories, at any merchant
    primary key (legal_group, as_of, city_code, spend_level),
    foreign key (legal_group, as_of) references predictions.look_alike_audiences on delete cascade
);
