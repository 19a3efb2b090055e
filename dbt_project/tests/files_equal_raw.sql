-- The manifest and raw agree in rows and money, for every file and business date of the window.
{{ config(meta={'dagster': {'ref': {'name': 'fct_transactions'}}}) }}
-- depends_on: {{ ref('fct_transactions') }}
with

manifest as (

    select
        file_id,
        business_date,
        row_count,
        amount

    from {{ source('ingest', 'file_days') }}

    where {{ in_window('business_date') }}

),

loaded as (

    select
        file_id,
        business_date,
        count(*) as row_count,
        sum(amount) as amount

    from {{ source('raw', 'transactions') }}

    where {{ in_window('business_date') }}

    group by file_id, business_date

)

select
    coalesce(manifest.file_id, loaded.file_id) as file_id,
    coalesce(manifest.business_date, loaded.business_date) as business_date,
    manifest.row_count as manifest_row_count,
    loaded.row_count as raw_row_count,
    manifest.amount as manifest_amount,
    loaded.amount as raw_amount

from manifest

full outer join loaded
    on
        manifest.file_id = loaded.file_id
        and manifest.business_date = loaded.business_date

where
    coalesce(manifest.row_count, 0) <> coalesce(loaded.row_count, 0)
    or coalesce(manifest.amount, 0) <> coalesce(loaded.amount, 0)
