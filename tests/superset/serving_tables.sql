-- The serving tables of the contract with made-up rows for a test. Every tenant's revenue is its own canary amount.
create table serving.freshness (
    tenant_id integer not null primary key, tenant_name text not null, loaded_until date, published_at timestamptz, predicted_as_of date,
    source_en text, source_ru text, is_synthetic boolean, currency_code text, line_en text, line_ru text
);
create table serving.overview_metrics (
    tenant_id integer not null, tenant_name text not null, period_en text, period_ru text, period_sort integer, city_en text, city_ru text,
    category_en text, category_ru text, store_name_en text, store_name_ru text, metric_code text, metric_en text,
    metric_ru text, metric_sort integer, value numeric(18, 4), previous_value numeric(18, 4), change_share numeric(18, 6),
    last_year_value numeric(18, 4), last_year_change_share numeric(18, 6), value_en text, value_ru text, previous_en text,
    previous_ru text, change_en text, change_ru text, last_year_en text, last_year_ru text, last_year_change_en text,
    last_year_change_ru text, status text, reason_en text, reason_ru text
);
create table serving.demand_series (
    tenant_id integer not null, tenant_name text not null, model_choice text, model_choice_en text, model_choice_ru text, grain_code text, grain_en text, grain_ru text, period_start date, city_en text, city_ru text,
    category_en text, category_ru text, store_name_en text, store_name_ru text, revenue_amount numeric(18, 2),
    receipt_count bigint, is_partial boolean, forecast_amount numeric(18, 2), forecast_low_amount numeric(18, 2),
    forecast_high_amount numeric(18, 2), is_forecast boolean
);
create table serving.customer_portrait (
    tenant_id integer not null, tenant_name text not null, period_en text, period_ru text, period_sort integer, city_en text, city_ru text,
    category_en text, category_ru text, store_name_en text, store_name_ru text, dimension_code text, dimension_en text,
    dimension_ru text, member_en text, member_ru text, member_sort integer, customer_count bigint,
    customer_share numeric(9, 6), city_share numeric(9, 6), index_to_city numeric(12, 2), status text, reason_en text,
    reason_ru text
);
create table serving.purchasing_power (
    tenant_id integer not null, tenant_name text not null, model_choice text, model_choice_en text, model_choice_ru text, horizon_days integer, spending text, spending_en text, spending_ru text, customer_count bigint,
    expected_amount numeric(18, 2), current_amount numeric(18, 2), tenant_amount numeric(18, 2), share_of_wallet numeric(9, 6),
    headroom_amount numeric(18, 2), model_name text, model_version integer, wape numeric(9, 6), status text, reason_en text,
    reason_ru text
);
create table serving.purchasing_power_bands (
    tenant_id integer not null, tenant_name text not null, model_choice text, model_choice_en text, model_choice_ru text, horizon_days integer, band_en text, band_ru text, band_sort integer, customer_count bigint,
    customer_share numeric(9, 6), status text, reason_en text, reason_ru text
);

create temporary table periods (en text, ru text, sort integer, days integer) on commit drop;
insert into periods values ('Last 7 days', 'Последние 7 дней', 1, 7), ('Last 30 days', 'Последние 30 дней', 2, 30),
    ('Last 90 days', 'Последние 90 дней', 3, 90), ('Last 365 days', 'Последние 365 дней', 4, 365);

-- The alternative forecasts half as much.
create temporary table models (choice text, en text, ru text, factor numeric) on commit drop;
insert into models values ('main', 'Main model', 'Основная модель', 1), ('alternative', 'Alternative model', 'Альтернативная модель', 0.5);

create temporary table scopes on commit drop as
select c.en as city_en, c.ru as city_ru, k.en as category_en, k.ru as category_ru, s.en as store_en, s.ru as store_ru,
       c.part * k.part * s.part as part
from (values ('All cities', 'Все города', 1.0), ('Moscow', 'Москва', 0.7), ('Kazan', 'Казань', 0.3)) c (en, ru, part)
cross join (values ('All categories', 'Все категории', 1.0), ('Groceries', 'Продукты', 0.5), ('Coffee and bakeries',
    'Кофейни и пекарни', 0.3), ('Household goods', 'Товары для дома', 0.2)) k (en, ru, part)
cross join (values ('All stores', 'Все магазины', 1.0), ('Arbat 12', 'Арбат, 12', 0.6), ('Bauman 3', 'Баумана, 3', 0.4)) s (en, ru, part)
where s.en = 'All stores' or c.en = 'All cities' or (s.en = 'Arbat 12') = (c.en = 'Moscow');

insert into serving.freshness
select tenant_id, name, date '2026-06-30', now(), date '2026-06-30', 'Synthetic bank', 'Синтетический банк', true, 'RUB',
       'Synthetic bank: operations up to 30 June 2026, forecast made on 30 June 2026.',
       'Синтетический банк: операции по 30 июня 2026 года, прогноз сделан 30 июня 2026 года.'
from security.tenants where is_active;

insert into serving.overview_metrics
select t.tenant_id, t.name, p.en, p.ru, p.sort, s.city_en, s.city_ru, s.category_en, s.category_ru, s.store_en, s.store_ru,
       m.code, m.en, m.ru, m.sort,
       v.value, v.value * 0.93, 0.0753, v.value * 0.81, 0.2346,
       v.shown, replace(v.shown, ',', ' '), v.shown, replace(v.shown, ',', ' '), '+7.5%', '+7,5 %', v.shown,
       replace(v.shown, ',', ' '), '+23.5%', '+23,5 %',
       case when v.value is null then 'withheld' else 'published' end,
       case when v.value is null then 'Fewer than 30 customers' else '' end,
       case when v.value is null then 'Меньше 30 покупателей' else '' end
from security.tenants t
join canaries using (tenant_id)
cross join periods p cross join scopes s
cross join (values
    ('revenue', 'Revenue', 'Выручка', 1, 1.0), ('receipts', 'Receipts', 'Чеки', 2, 0.0011),
    ('average_bill', 'Average bill', 'Средний чек', 3, null), ('customers', 'Customers', 'Покупатели', 4, 0.0004),
    ('new_customers', 'New customers', 'Новые покупатели', 5, 0.00009),
    ('returning_customers', 'Returning customers', 'Вернувшиеся покупатели', 6, 0.0003),
    ('repeat_rate', 'Repeat rate', 'Доля повторных покупателей', 7, null),
    ('revenue_per_customer', 'Revenue per customer', 'Выручка на покупателя', 8, null)) m (code, en, ru, sort, factor)
cross join lateral (select case m.code when 'average_bill' then 914.2 when 'repeat_rate' then 0.417
    when 'revenue_per_customer' then case when s.store_en = 'Bauman 3' then null else 2500.5 end
    else round(canaries.amount * m.factor * s.part * p.days / 30, 2) end as value) raw
cross join lateral (select raw.value, to_char(raw.value, 'FM999,999,999,990') as shown) v;

insert into serving.demand_series
select t.tenant_id, t.name, a.choice, a.en, a.ru, g.code, g.en, g.ru, d.day, s.city_en, s.city_ru, s.category_en, s.category_ru, s.store_en, s.store_ru,
       case when d.day <= g.last then round(base.amount, 2) end, case when d.day <= g.last then (base.amount / 900)::bigint end,
       d.day = g.first, case when d.day > g.last then round(base.amount * a.factor, 2) end,
       case when d.day > g.last then round(base.amount * a.factor * 0.82, 2) end,
       case when d.day > g.last then round(base.amount * a.factor * 1.21, 2) end,
       d.day > g.last
from security.tenants t
join canaries using (tenant_id)
cross join scopes s
cross join (values
    ('day', 'Day', 'День', date '2026-03-01', date '2026-06-30', 28, '1 day', 1 / 30.0),
    ('week', 'Week', 'Неделя', date '2025-06-30', date '2026-06-22', 28, '7 days', 7 / 30.0),
    ('month', 'Month', 'Месяц', date '2025-01-01', date '2026-06-01', 0, '1 month', 1.0))
    g (code, en, ru, first, last, ahead, step, part)
join models a on a.choice = 'main' or g.code <> 'month'
cross join lateral (select generate_series(g.first, g.last + g.ahead, g.step::interval)::date as day) d
cross join lateral (select canaries.amount * g.part * s.part
    * (1 + 0.15 * sin(extract(doy from d.day) / 365 * 6.28) + 0.2 * (g.code = 'day' and extract(isodow from d.day) > 5)::int
       + 0.05 * sin(extract(doy from d.day) * 12.9))::numeric as amount) base;

insert into serving.customer_portrait
select t.tenant_id, t.name, p.en, p.ru, p.sort, s.city_en, s.city_ru, s.category_en, s.category_ru, s.store_en, s.store_ru,
       m.code, m.dimension_en, m.dimension_ru, m.en, m.ru, m.sort,
       case when m.own is not null then (canaries.amount * 0.0004 * s.part * m.own)::bigint end, m.own, case when m.own is not null then m.city end,
       round(m.own / m.city * 100, 2), case when m.own is null then 'withheld' else 'published' end,
       case when m.own is null then 'Fewer than 30 customers' else '' end,
       case when m.own is null then 'Меньше 30 покупателей' else '' end
from security.tenants t
join canaries using (tenant_id)
cross join periods p cross join scopes s
cross join lateral (
    select 'age_gender', 'Age and gender', 'Возраст и пол', gender.en || ', ' || age.band,
           gender.ru || ', ' || age.band, gender.sort * 10 + age.sort,
           case when gender.sort = 2 and age.sort = 6 then null else age.own * gender.own end, age.city * 0.5
    from (values ('Women', 'Женщины', 1, 0.62), ('Men', 'Мужчины', 2, 0.38)) gender (en, ru, sort, own)
    cross join (values ('18–24', 1, 0.12, 0.10), ('25–34', 2, 0.31, 0.22), ('35–44', 3, 0.27, 0.24), ('45–54', 4, 0.16, 0.18),
        ('55–64', 5, 0.09, 0.14), ('65+', 6, 0.05, 0.12)) age (band, sort, own, city)
    union all
    select * from (values
        ('marital_status', 'Marital status', 'Семейное положение', 'Married', 'В браке', 1, 0.58, 0.55),
        ('marital_status', 'Marital status', 'Семейное положение', 'Not married', 'Не в браке', 2, 0.42, 0.45),
        ('residency', 'Residency', 'Гражданство', 'Residents', 'Резиденты', 1, 0.97, 0.95),
        ('residency', 'Residency', 'Гражданство', 'Non-residents', 'Нерезиденты', 2, 0.03, 0.05),
        ('income_tier', 'Income tier', 'Уровень дохода', 'Low', 'Низкий', 1, 0.21, 0.30),
        ('income_tier', 'Income tier', 'Уровень дохода', 'Middle', 'Средний', 2, 0.47, 0.46),
        ('income_tier', 'Income tier', 'Уровень дохода', 'High', 'Высокий', 3, 0.32, 0.24),
        ('new_returning', 'New and returning', 'Новые и вернувшиеся', 'New', 'Новые', 1, 0.22, 0.31),
        ('new_returning', 'New and returning', 'Новые и вернувшиеся', 'Returning', 'Вернувшиеся', 2, 0.78, 0.69),
        ('weekday', 'Weekday', 'День недели', 'Monday', 'Понедельник', 1, 0.11, 0.13),
        ('weekday', 'Weekday', 'День недели', 'Tuesday', 'Вторник', 2, 0.11, 0.13),
        ('weekday', 'Weekday', 'День недели', 'Wednesday', 'Среда', 3, 0.12, 0.13),
        ('weekday', 'Weekday', 'День недели', 'Thursday', 'Четверг', 4, 0.13, 0.14),
        ('weekday', 'Weekday', 'День недели', 'Friday', 'Пятница', 5, 0.17, 0.16),
        ('weekday', 'Weekday', 'День недели', 'Saturday', 'Суббота', 6, 0.20, 0.17),
        ('weekday', 'Weekday', 'День недели', 'Sunday', 'Воскресенье', 7, 0.16, 0.14)) others
    ) m (code, dimension_en, dimension_ru, en, ru, sort, own, city);

insert into serving.purchasing_power
select t.tenant_id, t.name, a.choice, a.en, a.ru, h.days, k.code, k.en, k.ru, (canaries.amount * 0.0005)::bigint,
       round(canaries.amount * k.part * h.days / 30 * 9 * a.factor, 2),
       round(canaries.amount * k.part * h.days / 30 * 8.6, 2), round(canaries.amount * h.days / 30, 2), round(1 / (8.6 * k.part), 6),
       round(canaries.amount * k.part * h.days / 30 * 9 * a.factor * (1 - 1 / (8.6 * k.part)), 2), 'purchasing_power', 3, 0.41,
       'published', '', ''
from security.tenants t
join canaries using (tenant_id)
cross join models a
cross join (values (30), (90)) h (days)
cross join (values ('all', 'In all categories', 'Во всех категориях', 1.0), ('my_categories', 'In my categories', 'В моих категориях', 0.44))
    k (code, en, ru, part);

insert into serving.purchasing_power_bands
select t.tenant_id, t.name, a.choice, a.en, a.ru, h.days, b.en, b.ru, b.sort, case when b.sort < 6 then 100 end, case when b.sort < 6 then b.part end,
       case when b.sort < 6 then 'published' else 'withheld' end, case when b.sort < 6 then '' else 'Fewer than 30 customers' end,
       case when b.sort < 6 then '' else 'Меньше 30 покупателей' end
from security.tenants t
cross join models a
cross join (values (30), (90)) h (days)
cross join (values (1, 'Up to 5,000', 'До 5 000', 0.12), (2, '5,000–10,000', '5 000–10 000', 0.19),
    (3, '10,000–20,000', '10 000–20 000', 0.31), (4, '20,000–40,000', '20 000–40 000', 0.24),
    (5, '40,000–80,000', '40 000–80 000', 0.14), (6, 'Over 80,000', 'Больше 80 000', null)) b (sort, en, ru, part);

create table serving.forecast_errors (
    tenant_id integer not null, tenant_name text not null, forecast_code text, forecast_sort integer, forecast_en text, forecast_ru text,
    horizon_code text, horizon_en text, horizon_ru text, model_choice text, model_choice_en text, model_choice_ru text, as_of date, error numeric(12, 6),
    error_en text, error_ru text, contest_error numeric(12, 6), contest_error_en text, contest_error_ru text,
    coverage_nominal numeric(9, 6), coverage numeric(9, 6), forecast_count bigint, status text
);
insert into serving.forecast_errors
select t.tenant_id, t.name, f.code, f.sort, f.en, f.ru, f.horizon, f.horizon_en, f.horizon_ru,
       a.choice, a.en, a.ru, case when f.error is not null then date '2026-05-31' end, f.error, f.error_en, f.error_ru, 0.29, '29.0% of the amount', '29,0 % от суммы', f.promised, f.held,
       case when f.error is not null then canaries.amount end, case when f.error is null then 'no_data' else 'published' end
from security.tenants t
join canaries using (tenant_id)
cross join (values
    ('purchasing-power', 1, 'Purchasing power', 'Покупательная способность', '30', '30 days', '30 дней', 0.41, '41.0% of the amount',
     '41,0 % от суммы', 0.83, 0.81),
    ('purchasing-power', 1, 'Purchasing power', 'Покупательная способность', '90', '90 days', '90 дней', null, 'not yet known',
     'пока неизвестно', null, null),
    ('retention', 2, 'Retention', 'Возврат клиентов', '30', '30 days', '30 дней', 0.18, '24.0% closer than one chance for all',
     '24,0 % точнее одной вероятности для всех', null, null),
    ('demand', 3, 'Demand', 'Спрос', 'day', 'by day', 'по дням', 0.33, '33.0% of the amount', '33,0 % от суммы', 0.8, 0.74))
    f (code, sort, en, ru, horizon, horizon_en, horizon_ru, error, error_en, error_ru, promised, held)
cross join models a;

create table serving.customer_segments (
    tenant_id integer not null, tenant_name text not null, period_days integer, period_sort integer, period_en text, period_ru text,
    segment_number integer, segment_code text, segment_en text, segment_ru text, advice_en text, advice_ru text,
    customer_count bigint, customer_share numeric(9, 6), revenue_amount numeric(18, 2), revenue_share numeric(12, 6),
    average_bill_amount numeric(18, 2), bank_share numeric(9, 6), status text, reason_en text, reason_ru text
);
insert into serving.customer_segments
select t.tenant_id, t.name, p.days, p.sort, p.en, p.ru, s.number, s.code, s.en, s.ru, s.advice_en, s.advice_ru,
       case when s.share is not null then (canaries.amount * 0.004 * s.share)::bigint end, s.share,
       case when s.share is not null then round(canaries.amount * s.revenue * p.days / 30, 2) end,
       case when s.share is not null then s.revenue end, case when s.share is not null then 914.20 end,
       case when s.share is not null then s.bank end, case when s.share is null then 'withheld' else 'published' end,
       case when s.share is null then 'Fewer than 30 customers' end, case when s.share is null then 'Меньше 30 покупателей' end
from security.tenants t
join canaries using (tenant_id)
join periods p on p.days in (90, 365)
cross join (values
    (1, 'best', 'Best customers', 'Лучшие покупатели', 'They come often and spend much: keep them first.',
     'Приходят часто и тратят много: удержите их в первую очередь.', 0.22, 0.51, 0.18),
    (2, 'new_or_rare', 'New and occasional', 'Новые и случайные', 'Make the second visit easy.', 'Облегчите второй визит.', 0.45, 0.32, 0.5),
    (3, 'leaving_best', 'Good customers who fell silent', 'Ценные, но замолчавшие', 'Win them back by name.',
     'Верните их личным обращением.', null, 0.1, 0.2),
    (4, 'gone', 'Gone', 'Ушедшие', 'Spend nothing on them but a rare reminder.', 'Кроме редкого напоминания, не тратьте на них денег.',
     null, 0.07, 0.12)) s (number, code, en, ru, advice_en, advice_ru, share, revenue, bank);

create table serving.segment_movements (
    tenant_id integer not null, tenant_name text not null, month_start date, from_number integer, to_number integer,
    from_en text, from_ru text, to_en text, to_ru text, customer_count bigint, status text, reason_en text, reason_ru text
);
insert into serving.segment_movements
select t.tenant_id, t.name, m.month, m.source, m.target, f.segment_en, f.segment_ru, g.segment_en, g.segment_ru, m.moved,
       case when m.moved is null then 'withheld' else 'published' end,
       case when m.moved is null then 'Fewer than 30 customers' end, case when m.moved is null then 'Меньше 30 покупателей' end
from security.tenants t
cross join (values (date '2026-05-01', 1, 3, 120), (date '2026-05-01', 2, 1, 85), (date '2026-05-01', 2, 4, null),
    (date '2026-05-01', 3, 1, null)) m (month, source, target, moved)
join serving.customer_segments f on f.tenant_id = t.tenant_id and f.segment_number = m.source and f.period_days = 365
join serving.customer_segments g on g.tenant_id = t.tenant_id and g.segment_number = m.target and g.period_days = 365;

select security.protect(format('serving.%I', table_name)::regclass)
from information_schema.tables where table_schema = 'serving';
