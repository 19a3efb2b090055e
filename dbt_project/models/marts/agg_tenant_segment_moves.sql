with

changes as (

    select
        customer_id,
        segment_number,
        {{ first_of_month('as_of') }} as month_start,
        row_number() over (partition by customer_id, {{ first_of_month('as_of') }} order by as_of desc) as newness

    from {{ source('predictions', 'customer_segments') }}

),

-- Who did not change within a month is at its end where he was at its beginning.
month_ends as (

    select
        customer_id,
        month_start,
        segment_number as to_number,
        lag(segment_number) over (partition by customer_id order by month_start) as from_number

    from changes

    where newness = 1

),

closed as (

    select {{ first_of_month(add_days('max(business_date)', 1)) }} as until_date from {{ ref('fct_bank_days') }}

),

moves as (

    select
        month_ends.customer_id,
        month_ends.month_start,
        month_ends.from_number,
        month_ends.to_number,
        {{ first_of_month(add_days('month_ends.month_start', 31)) }} as next_month_start

    from month_ends

    inner join closed
        on
            month_ends.month_start < closed.until_date
            and month_ends.month_start >= {{ add_days('closed.until_date', -366) }}

    where month_ends.from_number <> month_ends.to_number

),

final as (

    select
        stores.tenant_id,
        moves.month_start,
        moves.from_number,
        moves.to_number,
        count(distinct moves.customer_id) as customer_count

    from moves

    inner join {{ ref('fct_tenant_customer_days') }} as days
        on
            moves.customer_id = days.customer_id
            and moves.next_month_start > days.business_date
            and {{ add_days('moves.next_month_start', -365) }} <= days.business_date

    inner join {{ ref('dim_tenant_stores') }} as stores on days.store_id = stores.store_id

    where days.receipt_count > 0

    group by
        stores.tenant_id,
        moves.month_start,
        moves.from_number,
        moves.to_number

)

select * from final
