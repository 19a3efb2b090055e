with

changes as (

    select
        customer_id,
        segment_number,
        row_number() over (partition by customer_id order by as_of desc) as newness

    from {{ source('predictions', 'customer_segments') }}

),

final as (

    select
        customer_id,
        segment_number

    from changes

    where
        newness = 1
        and segment_number is not null

)

select * from final
