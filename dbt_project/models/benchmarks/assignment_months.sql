with

due as (

    select * from {{ source('benchmarks', 'due_assignment') }}

),

final as (

    select
        months.month_start,
        months.city_code,
        months.category_code,
        months.legal_group,
        cast(months.revenue_amount as double precision) as revenue,
        cast(months.receipt_count as double precision) as receipts,
        cast(months.customer_count as double precision) as customers

    from {{ ref('fct_group_months') }} as months

    inner join due on months.month_start between due.first_month and due.last_month

)

select * from final
