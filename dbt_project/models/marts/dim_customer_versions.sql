with

clients as (

    select * from {{ ref('stg_bank__clients') }}

),

tiers as (

    select * from {{ ref('bank_categories') }}

),

neighbours as (

    select
        clients.*,
        lag(clients.valid_from) over (partition by clients.customer_id order by clients.valid_from) as previous_from,
        lead(clients.valid_from) over (partition by clients.customer_id order by clients.valid_from) as next_from

    from clients

),

final as (

    select
        neighbours.customer_id,
        case
            when neighbours.previous_from is null then {{ since_ever() }} else neighbours.valid_from
        end as valid_from,
        coalesce(neighbours.next_from, {{ until_further_notice() }}) as valid_until,
        neighbours.next_from is null as is_current,
        neighbours.valid_from as first_stated_date,
        neighbours.age,
        case
            when neighbours.age is null then 'unknown'
            when neighbours.age < 18 then 'under_18'
            when neighbours.age < 25 then '18_24'
            when neighbours.age < 35 then '25_34'
            when neighbours.age < 45 then '35_44'
            when neighbours.age < 55 then '45_54'
            when neighbours.age < 65 then '55_64'
            else '65_plus'
        end as age_band,
        neighbours.gender,
        neighbours.marital_status,
        neighbours.residency,
        neighbours.bank_category,
        coalesce(tiers.income_tier, 'unknown') as income_tier

    from neighbours

    left join tiers on neighbours.bank_category = tiers.bank_category

)

select * from final
