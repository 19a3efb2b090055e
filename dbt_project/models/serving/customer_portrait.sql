{% set least = var('minimum_customers') %}

with

periods (period_days, period_sort, period_en, period_ru) as (

    {{ period_labels() }}

),

-- Figures about a person are withheld member by member; a till's own figures only where the whole base is small.
dimensions (dimension_code, dimension_sort, dimension_en, dimension_ru, is_about_person) as (

    values
        ('age_gender', 1, 'Age and gender', 'Возраст и пол', true),
        ('marital_status', 2, 'Marital status', 'Семейное положение', true),
        ('residency', 3, 'Residency', 'Резидентство', true),
        ('income_tier', 4, 'Income tier', 'Уровень дохода', true),
        ('new_returning', 5, 'New and returning', 'Новые и вернувшиеся', false),
        ('weekday', 6, 'Day of the week', 'День недели', false)

),

labels (dimension_code, member_code, member_sort, member_en, member_ru) as (

    {{ member_labels() }}

),

scope_cities as (

    select distinct
        scope_id,
        city_code

    from {{ ref('dim_scopes') }}

),

counted as (

    select
        members.*,
        scope_cities.city_code,
        dimensions.is_about_person,
        sum(members.weight_count) over (
            partition by members.scope_id, members.period_days, members.dimension_code
        ) as total_weight,
        {{ weight_of_smaller(
            'members.scope_id, members.period_days, members.dimension_code', 'members.customer_count', 'members.member_code'
        ) }} as smaller_count

    from {{ ref('agg_scope_members') }} as members

    inner join dimensions on members.dimension_code = dimensions.dimension_code

    inner join scope_cities on members.scope_id = scope_cities.scope_id

),

city_counted as (

    select
        members.*,
        sum(members.weight_count) over (
            partition by members.period_days, members.city_code, members.dimension_code
        ) as total_weight,
        {{ weight_of_smaller(
            'members.period_days, members.city_code, members.dimension_code', 'members.weight_count', 'members.member_code'
        ) }} as smaller_count

    from {{ ref('agg_city_members') }} as members

),

judged as (

    select
        counted.scope_id,
        counted.period_days,
        counted.dimension_code,
        counted.member_code,
        counted.customer_count,
        cast(counted.weight_count as numeric) / nullif(counted.total_weight, 0) as customer_share,
        counted.is_about_person
        and {{ is_withheld('counted.customer_count', 'counted.smaller_count') }} as is_withheld,
        case
            when not {{ is_withheld('city_counted.weight_count', 'city_counted.smaller_count') }}
                then cast(city_counted.weight_count as numeric) / nullif(city_counted.total_weight, 0)
        end as city_share

    from counted

    left join city_counted
        on
            counted.period_days = city_counted.period_days
            and counted.city_code = city_counted.city_code
            and counted.dimension_code = city_counted.dimension_code
            and counted.member_code = city_counted.member_code

),

members as (

    select
        judged.scope_id,
        judged.period_days,
        judged.dimension_code,
        labels.member_sort,
        labels.member_en,
        labels.member_ru,
        case when not judged.is_withheld then judged.customer_count end as customer_count,
        case when not judged.is_withheld then judged.customer_share end as customer_share,
        case when not judged.is_withheld then judged.city_share end as city_share,
        case when judged.is_withheld then 'withheld' else 'published' end as status

    from judged

    inner join labels
        on
            judged.dimension_code = labels.dimension_code
            and judged.member_code = labels.member_code

),

-- Where the whole base is too small, one row a dimension says so.
small_bases as (

    select
        scopes.scope_id,
        periods.period_days,
        dimensions.dimension_code,
        0 as member_sort,
        'All customers' as member_en,
        'Все покупатели' as member_ru,
        cast(null as bigint) as customer_count,
        cast(null as numeric) as customer_share,
        cast(null as numeric) as city_share,
        case when coalesce(metrics.customer_count, 0) = 0 then 'no_data' else 'withheld' end as status

    from scope_cities as scopes

    cross join periods

    cross join dimensions

    left join {{ ref('agg_scope_metrics') }} as metrics
        on
            metrics.window_kind = 'current'
            and scopes.scope_id = metrics.scope_id
            and periods.period_days = metrics.period_days

    where coalesce(metrics.customer_count, 0) < {{ least }}

),

everything as (

    select * from members

    union all

    select * from small_bases

),

final as (

    select
        scopes.tenant_id,
        scopes.tenant_name,
        periods.period_days,
        periods.period_sort,
        periods.period_en,
        periods.period_ru,
        scopes.city_en,
        scopes.city_ru,
        scopes.category_en,
        scopes.category_ru,
        scopes.store_name_en,
        scopes.store_name_ru,
        dimensions.dimension_code,
        dimensions.dimension_sort,
        dimensions.dimension_en,
        dimensions.dimension_ru,
        everything.member_sort,
        everything.member_en,
        everything.member_ru,
        everything.customer_count,
        cast(everything.customer_share as numeric(9, 6)) as customer_share,
        cast(everything.city_share as numeric(9, 6)) as city_share,
        cast(everything.customer_share / nullif(everything.city_share, 0) * 100 as numeric(12, 1)) as index_to_city,
        everything.status,
        {{ reason_text('everything.status', 'true', 'en') }} as reason_en,
        {{ reason_text('everything.status', 'true', 'ru') }} as reason_ru

    from everything

    inner join periods on everything.period_days = periods.period_days

    inner join dimensions on everything.dimension_code = dimensions.dimension_code

    inner join {{ ref('dim_scopes') }} as scopes on everything.scope_id = scopes.scope_id

)

select * from final
