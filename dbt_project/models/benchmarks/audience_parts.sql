with

visits as (

    select * from {{ ref('audience_visits') }}

),

final as (

    select
        period_start,
        legal_group,
        figure,
        city_code,
        category_code,
        other_group,
        count(*) filter (where receipt_count > 0) as customers,
        sum(receipt_count) as receipts,
        cast(sum(spend_amount) as double precision) as spend

    from visits

    group by period_start, legal_group, figure, city_code, category_code, other_group

)

select * from final
