with

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

cities as (

    select * from {{ ref('dim_cities') }}

),

levels (spend_level, spend_level_en, spend_level_ru) as (

    values
        (0, 'Any spending', 'Любые расходы'),
        (1, 'Low spending', 'Низкие расходы'),
        (2, 'Middle spending', 'Средние расходы'),
        (3, 'High spending', 'Высокие расходы')

),

audiences as (

    select
        legal_group,
        max(as_of) as as_of

    from {{ source('predictions', 'look_alike_audiences') }}

    group by legal_group

),

counts as (

    select counts.*

    from {{ source('predictions', 'look_alike_counts') }} as counts

    inner join audiences
        on
            counts.legal_group = audiences.legal_group
            and counts.as_of = audiences.as_of

),

-- Everybody, each city, and each third of a city by spend: a cell has one parent.
cells as (

    select
        legal_group,
        coalesce(city_code, '*') as city_code,
        coalesce(spend_level, 0) as spend_level,
        sum(customer_count) as customer_count,
        sum(spend_amount) as spend_amount

    from counts

    group by grouping sets ((legal_group), (legal_group, city_code), (legal_group, city_code, spend_level))

),

parents as (

    select
        *,
        case
            when city_code = '*' then 'nothing'
            when spend_level = 0 then 'all cities'
            else city_code
        end as parent

    from cells

),

weighed as (

    select
        *,
        {{ weight_of_smaller('legal_group, parent', 'customer_count', 'city_code, spend_level') }} as smaller_count

    from parents

),

-- Of a withheld city nothing is told: its parts would tell what it is less.
judged as (

    select
        *,
        max(case when spend_level = 0 and {{ is_withheld('customer_count', 'smaller_count') }} then 1 else 0 end) over (
            partition by legal_group, city_code
        ) = 1
        or {{ is_withheld('customer_count', 'smaller_count') }} as is_withheld

    from weighed

),

pages as (

    select
        tenants.tenant_id,
        tenants.name as tenant_name,
        audiences.as_of,
        coalesce(judged.city_code, '*') as city_code,
        coalesce(judged.spend_level, 0) as spend_level,
        judged.customer_count,
        judged.spend_amount / judged.customer_count as average_amount,
        judged.legal_group is null as is_empty,
        case
            when audiences.as_of is null then 'no_data'
            when judged.is_withheld is false then 'published'
            else 'withheld'
        end as status

    from tenants

    left join audiences on tenants.legal_group = audiences.legal_group

    left join judged on tenants.legal_group = judged.legal_group

),

final as (

    select
        pages.tenant_id,
        pages.tenant_name,
        pages.as_of,
        pages.city_code,
        coalesce(cities.name_en, 'All cities') as city_en,
        coalesce(cities.name_ru, 'Все города') as city_ru,
        pages.spend_level,
        levels.spend_level_en,
        levels.spend_level_ru,
        cast(case when pages.status = 'published' then round(pages.customer_count / 5.0) * 5 end as bigint)
            as customer_count,
        cast(
            case
                when pages.status = 'published'
                    then round(
                        pages.average_amount, 2 - cast(floor(log(greatest(pages.average_amount, 0.01))) as integer)
                    )
            end as numeric(18, 2)
        ) as expected_spend_amount,
        pages.status,
        {% for language in ['en', 'ru'] %}
        {{ look_alike_reason_text('pages.status', 'pages.is_empty', language) }} as reason_{{ language }}{{ ',' if not loop.last }}
        {% endfor %}

    from pages

    inner join levels on pages.spend_level = levels.spend_level

    left join cities on pages.city_code = cities.city_code

)

select * from final
