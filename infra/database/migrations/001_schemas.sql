-- One schema a step; nothing reads a step to its right.
create schema ingest;             -- what arrived: manifest, quarantine, bank settings
create schema raw;                -- exactly as the bank sent it, identifiers pseudonymised
create schema staging;
create schema intermediate;
create schema marts;
create schema predictions;        -- append-only output of the models
create schema serving_candidate;  -- built and tested here; `publish` moves it to `serving` in one transaction
create schema serving;            -- what Superset reads, under row level security
create schema security;           -- tenants and the database roles that stand for them

create table ingest.bank (
    is_only_row boolean primary key default true check (is_only_row),
    name_en text not null,
    name_ru text not null,
    currency_code text not null,               -- ISO 4217
    is_synthetic boolean not null,             -- shown on every dashboard
    is_live boolean not null                   -- false: a closed history, freshness is not judged by the clock
);

create table ingest.files (
    file_id integer generated always as identity primary key,
    sha256 text not null,                      -- of the bytes; of reference data with a day in the name, and @ its day
    kind text not null check (kind in ('transactions', 'clients', 'stores', 'mcc', 'categories', 'tenants')),
    source text not null default 'bank',       -- a file replaces days of its own source only
    name text not null,
    path text,                                 -- where it lay, to be read again after a mapping was mended
    byte_count bigint not null,
    written_at timestamptz,                    -- when the file was last written to, as its file system says
    encoding text,
    delimiter text,
    covers_from date,                          -- the days that this file is the full export of
    covers_until date,
    rows_read bigint not null,
    rows_loaded bigint not null,
    rows_quarantined bigint not null,
    rows_repeated bigint not null,             -- exact repeats of a transaction_id, dropped
    amount_loaded numeric(18, 2) not null,
    status text not null check (status in ('loading', 'loaded', 'refused', 'superseded')),  -- loading: never committed
    is_partly_replaced boolean not null default false,  -- a later file of its source has some of its days
    reason text,
    loaded_at timestamptz not null default now()
);
create unique index on ingest.files (sha256, kind, source) where status = 'loaded';

-- Where files come from: one row per source that ever sent one, as its settings say.
create table ingest.sources (
    source text primary key,
    due_time time not null,                    -- by then, in the bank's time zone, yesterday's purchases must have come
    time_zone text not null
);

create table ingest.file_days (
    file_id integer not null references ingest.files,
    business_date date not null,
    row_count bigint not null,
    amount numeric(18, 2) not null,
    primary key (file_id, business_date)
);
create index on ingest.file_days (business_date);

create table ingest.quarantine (
    file_id integer not null references ingest.files,
    line_number bigint not null,               -- 1-based line of the file, the header is line 1
    reason_code text not null,
    column_name text,
    reason text not null,
    raw_text text not null,
    first_seen_at timestamptz not null default now(),
    primary key (file_id, line_number)
);

-- Names are kept once, in raw.store_spellings: half of a bank's line is the merchant's name and city.
create table raw.transactions (
    file_id integer not null,
    mcc integer not null,
    line_number bigint not null,
    customer_id bigint not null,               -- keyed pseudonym, see infra/ingest
    spelling_id bigint not null,               -- merchant name and city, see raw.store_spellings
    business_date date not null,
    amount numeric(18, 2) not null,            -- negative = refund
    purchased_at timestamp                     -- where the bank sends a time
) partition by range (business_date);
create index on raw.transactions using brin (business_date);

-- Every merchant name and city that a transaction ever had, as the bank spelt them.
create table raw.store_spellings (
    spelling_id bigint primary key,            -- 63-bit hash of both
    merchant_name text not null,
    city text not null
);

-- Reference data is kept in versions: a row is what the files of the days valid_from to last_stated said of its key.
-- Clients and stores hold until their next version; an MCC or a category ends where a newer file leaves it out.
-- Half of a page stays free, so that a file that confirms what is known updates it in place: three lists of 1 M clients of
-- whom 1 % changed each time grew table and index from 154 to 161 MB, in full pages from 92 to 319 MB.
create table raw.clients (
    customer_id bigint not null,
    valid_from date not null,                  -- day of the first file that said so
    last_stated date not null,                 -- day of the newest file that said so
    age integer,
    bank_category text,                        -- bank service category code
    gender text,
    marital_status text,
    residency text,
    primary key (customer_id, valid_from)
) with (fillfactor = 50);

create table raw.stores (
    merchant_name text not null,
    city text,                                 -- null: the row describes the merchant name in every city
    valid_from date not null,
    last_stated date not null,
    store_name text not null,
    legal_group text,
    unique nulls not distinct (merchant_name, city, valid_from)
) with (fillfactor = 50);

create table raw.mcc (
    mcc integer not null,
    valid_from date not null,
    last_stated date not null,
    description text not null,
    category_code text not null,
    primary key (mcc, valid_from)
) with (fillfactor = 50);

create table raw.categories (
    category_code text not null,
    valid_from date not null,
    last_stated date not null,
    name_en text not null,
    name_ru text not null,
    category_group text not null,
    primary key (category_code, valid_from)
) with (fillfactor = 50);

-- A child is attached, not made as a partition: that would lock out all who read and write the other months.
-- A month that retention dropped (monitor.retention) does not come back by a file that is late by years.
create function raw.ensure_months(parent regclass, first_day date, last_day date) returns void language plpgsql as $$
declare
    month_start date := date_trunc('month', first_day);
    child text;
begin
    while month_start <= last_day loop
        child := format('%s_%s', parent, to_char(month_start, 'YYYYMM'));
        if to_regclass(child) is null then
            if month_start < (select kept_from from monitor.retention) then
                raise exception 'Days before % are kept no longer (LYRA_KEEP_MONTHS) and were dropped: % of % '
                    'is not made again. Set more months, or leave these days out.',
                    (select kept_from from monitor.retention), to_char(month_start, 'YYYY-MM'), parent;
            end if;
            perform pg_advisory_xact_lock(hashtext(child));
        end if;
        if to_regclass(child) is null then
            execute format('create table %s (like %s including defaults including constraints)', child, parent);
            execute format('alter table %s attach partition %s for values from (%L) to (%L)',
                           parent, child, month_start, (month_start + interval '1 month')::date);
        end if;
        month_start := month_start + interval '1 month';
    end loop;
end
$$;
