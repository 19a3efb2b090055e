-- Where a merchant's customers also shop: released with the figures about competitors, and as final.
create table benchmarks.audience_figures (
    release_id bigint not null,
    period_start date not null,                -- first day of the month
    legal_group text not null,                 -- the viewer: the figures are of its customers
    figure text not null check (figure in ('also_shop', 'wallet', 'lapsed', 'overlap')),
    city_code text not null,                   -- of the other groups' stores; '*': everywhere
    category_code text not null,               -- '*': the figure as a whole
    base_count bigint,                         -- the viewer's own customers, to the nearest 5
    customer_count bigint,                     -- of them, those who buy there from others, to the nearest 5
    customer_share numeric(9, 6),              -- the one rounded count by the other
    money_share numeric(4, 2),                 -- 0-1, whole percents; of the wallet alone
    status text not null check (status in ('published', 'withheld')),
    reason_code text,                          -- why there is no number
    primary key (release_id, legal_group, figure, city_code, category_code),
    check (status = 'published' or (coalesce(customer_count, customer_share, money_share) is null and reason_code is not null))
);
create trigger append_only before update or delete or truncate on benchmarks.audience_figures
for each statement execute function benchmarks.refuse_change();
