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
