{# Rows that share a key with another row. #}
{% test unique_together(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}


{# Values of a column that the other table's key does not have. #}
{% test references(model, column, to, key) %}
    select distinct own.{{ column }}
    from {{ model }} as own
    left join {{ to }} as other on own.{{ column }} = other.{{ key }}
    where own.{{ column }} is not null and other.{{ key }} is null
{% endtest %}


{# Rows for which a condition that must hold does not; an unknown answer counts as not holding. #}
{% test holds(model, condition) %}
    select * from {{ model }}
    where ({{ condition }}) is not true
{% endtest %}


{# Versions that overlap, leave a gap, do not reach from the first day to the last, or are wrongly called current. #}
{% test unbroken_versions(model, key) %}
    select * from (
        select
            versions.*,
            lag(valid_until) over (partition by {{ key }} order by valid_from) as previous_until,
            lead(valid_from) over (partition by {{ key }} order by valid_from) as next_from
        from {{ model }} as versions
    ) as neighbours
    where
        valid_from <> coalesce(previous_until, {{ since_ever() }})
        or valid_until <> coalesce(next_from, {{ until_further_notice() }})
        or is_current <> (next_from is null)
{% endtest %}


{# Rows of the run's window that share a key: the test of a fact costs what the window costs. #}
{% test unique_in_window(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    where {{ in_window('month_start', 'month') if 'month_start' in columns else in_window('business_date') }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
