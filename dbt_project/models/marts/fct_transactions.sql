{{ config(materialized='window', meta={'window': ['business_date', 'day']}) }}

with

transactions as (

    select * from {{ ref('stg_bank__transactions') }}
    where {{ in_window('business_date') }}

),

stores as (

    select * from {{ ref('int_store_keys') }}

),

codes as (

    select * from {{ ref('stg_bank__mcc') }}

),

final as (

    select
        transactions.business_date,
        transactions.customer_id,
        stores.store_id,
        coalesce(codes.category_code, 'other') as category_code,
        transactions.mcc,
        transactions.amount,
        transactions.is_refund,
        transactions.file_id,
        transactions.line_number

    from transactions

    inner join stores on transactions.spelling_id = stores.spelling_id

    left join codes on transactions.mcc = codes.mcc

)

select * from final
