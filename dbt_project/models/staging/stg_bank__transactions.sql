with

source as (

    select * from {{ source('raw', 'transactions') }}

),

final as (

    select
        file_id,
        line_number,
        business_date,
        customer_id,
        spelling_id,
        mcc,
        amount,
        amount < 0 as is_refund

    from source

)

select * from final
