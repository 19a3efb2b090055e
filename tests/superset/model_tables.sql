-- The tables about models, for the bank's staff alone, with made-up rows: 8812345 is an amount of no tenant.
create table serving.model_health (
    model_name text primary key, model_en text, model_ru text, learner_en text, learner_ru text, model_version integer,
    deployed_date date, as_of date, status text, status_sort integer, status_en text, status_ru text,
    needs_attention boolean, reason_en text, reason_ru text
);
insert into serving.model_health values
    ('demand', 'Demand', 'Спрос', 'Gradient boosting', 'Градиентный бустинг', 4, '2026-03-01', '2026-06-30', 'stable', 4, 'stable',
     'стабильна', false, 'The last forecast (by day) erred by 28.4%; it was put in charge with 27.9%.',
     'Ошибка последнего прогноза (по дням) — 28,4 %; при вводе в работу была 27,9 %.'),
    ('purchasing-power', 'Purchasing power', 'Покупательная способность', 'Rate of spending', 'Темп трат', 2, '2026-04-01',
     '2026-06-30', 'waiting', 3, 'waits for the facts', 'ждёт факта', false, 'No forecast''s days are all in yet.',
     'Ещё не прошли все дни ни одного прогноза.'),
    ('retention', 'Retention', 'Возврат клиентов', 'Logistic regression', 'Логистическая регрессия', 3, '2026-02-01', '2026-06-30',
     'degraded', 1, 'degraded', 'деградировала', true,
     'The last forecasts (30 days, number: 3) erred by 0.231 on average, the newest by 0.252; it was put in charge with 0.170. A new contest is due.',
     'Средняя ошибка последних прогнозов (30 дней, число: 3) — 0,231, самого нового — 0,252; при вводе в работу была 0,170. Нужен новый конкурс.');

create table serving.model_scores (
    model_name text, model_en text, model_ru text, model_sort integer, model_version integer, as_of date, horizon_code text,
    horizon_en text, horizon_ru text, size_band text, size_sort integer, size_en text, size_ru text, error numeric(12, 6),
    baseline_error numeric(12, 6), deployed_error numeric(12, 6), coverage_nominal numeric(9, 6), coverage numeric(9, 6),
    gini numeric(9, 6), ks numeric(9, 6), unit_count bigint, is_of_record boolean, is_newest boolean
);
insert into serving.model_scores
select m.name, m.en, m.ru, m.sort, m.version, d.as_of::date, h.code, h.en, h.ru, s.code, s.sort, s.en, s.ru,
       m.error * s.factor * d.factor, m.error * s.factor * 1.15, m.error, case when m.name = 'demand' then 0.8 end,
       case when m.name = 'demand' then 0.78 end, case when m.name = 'retention' then 0.52 / d.factor end,
       case when m.name = 'retention' then 0.41 / d.factor end, 8812345, true, d.as_of = date '2026-05-29'
from (values ('retention', 'Retention', 'Возврат клиентов', 2, 3, 0.17), ('demand', 'Demand', 'Спрос', 3, 4, 0.28))
    m (name, en, ru, sort, version, error)
join (values ('retention', '30', '30 days', '30 дней'), ('retention', '60', '60 days', '60 дней'),
    ('demand', 'day', 'by day', 'по дням'), ('demand', 'week', 'by week', 'по неделям')) h (name, code, en, ru) using (name)
cross join (values (date '2026-05-01', 1.0), (date '2026-05-15', 1.1), (date '2026-05-29', 1.3)) d (as_of, factor)
cross join (values ('all', 1, 'All merchants', 'Все клиенты', 1.0), ('small', 2, 'Small', 'Малые', 1.4),
    ('medium', 3, 'Medium', 'Средние', 1.1), ('large', 4, 'Large', 'Крупные', 0.9)) s (code, sort, en, ru, factor);

create table serving.model_challengers (
    model_name text, model_en text, model_ru text, model_sort integer, horizon_code text, horizon_en text, horizon_ru text,
    as_of date, champion_version integer, challenger_version integer, champion_error_en text, champion_error_ru text,
    challenger_error_en text, challenger_error_ru text, better_en text, better_ru text
);
insert into serving.model_challengers values
    ('retention', 'Retention', 'Возврат клиентов', 2, '30', '30 days', '30 дней', '2026-05-29', 3, 5, '0.221', '0,221', '0.198', '0,198',
     'challenger', 'претендент');

create table serving.model_drift (
    model_name text, model_en text, model_ru text, model_version integer, as_of date, side text, side_en text, side_ru text,
    name text, name_en text, name_ru text, psi numeric(12, 6), ks numeric(9, 6), unit_count bigint
);
insert into serving.model_drift values
    ('retention', 'Retention', 'Возврат клиентов', 3, '2026-06-30', 'input', 'Input', 'Вход', 'spend_30', 'Spending in 30 days',
     'Траты за 30 дней', 0.31, 0.18, 8812345),
    ('retention', 'Retention', 'Возврат клиентов', 3, '2026-06-30', 'forecast', 'Forecast', 'Прогноз', 'return_probability',
     'Chance to return', 'Вероятность возврата', 0.12, 0.09, 8812345);

create table serving.model_deployments (
    deployment_id integer primary key, model_name text, model_en text, model_ru text, model_version integer, learner_en text,
    learner_ru text, deployed_date date, as_of date, is_in_charge boolean, deployed_by_en text, deployed_by_ru text,
    reason_en text, reason_ru text
);
insert into serving.model_deployments values
    (1, 'retention', 'Retention', 'Возврат клиентов', 3, 'Logistic regression', 'Логистическая регрессия', '2026-02-01', '2026-01-31',
     true, 'Pipeline', 'Конвейер', 'Outcome of the contest: error 0.170 on days that it had not seen.',
     'Итог конкурса: ошибка 0,170 на днях, которых модель не видела.');

select security.protect_for_staff(format('serving.%I', table_name)::regclass)
from information_schema.tables where table_schema = 'serving' and table_name like 'model\_%';
