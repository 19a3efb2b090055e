with

source as (

    select * from {{ source('raw', 'clients') }}

),

final as (

    select
        customer_id,
        valid_from,
        upper(trim(bank_category)) as bank_category,
        case when age between 0 and 120 then age end as age,
        case
            when upper(trim(gender)) in ('F', 'FEMALE', 'W', 'Ж', 'ЖЕН', 'ЖЕНСКИЙ', '2') then 'female'
            when upper(trim(gender)) in ('M', 'MALE', 'М', 'МУЖ', 'МУЖСКОЙ', '1') then 'male'
            else 'unknown'
        end as gender,
        case
            when
                upper(trim(marital_status))
                in ('Y', 'YES', 'MARRIED', 'M', 'TRUE', '1', 'ДА', 'Д', 'В БРАКЕ', 'ЖЕНАТ', 'ЗАМУЖЕМ')
                then 'married'
            when
                upper(trim(marital_status))
                in (
                    'N', 'NO', 'UNMARRIED', 'SINGLE', 'S', 'FALSE', '0', 'НЕТ', 'Н', 'НЕ В БРАКЕ', 'ХОЛОСТ',
                    'НЕ ЗАМУЖЕМ'
                )
                then 'not_married'
            else 'unknown'
        end as marital_status,
        case
            when upper(trim(residency)) in ('R', 'RES', 'RESIDENT', 'Y', '1', 'РЕЗИДЕНТ', 'Р') then 'resident'
            when upper(trim(residency)) in ('N', 'NR', 'NONRES', 'NON-RESIDENT', 'NONRESIDENT', '0', 'НЕРЕЗИДЕНТ', 'Н')
                then 'non_resident'
            else 'unknown'
        end as residency

    from source

)

select * from final
