{#
    PRIVACY.md 4. A member of fewer than 30 customers is withheld, and so is the next larger one as long as those
    withheld together are fewer than 30: the total less the published members must not tell a withheld cell.
#}
{% macro is_withheld(count, smaller_count) -%}
    ({{ count }} < {{ var('minimum_customers') }} or {{ smaller_count }} between 1 and {{ var('minimum_customers') }} - 1)
{%- endmacro %}


{# How many the smaller members of the same distribution have together; members of one size are ordered by their code. #}
{% macro weight_of_smaller(distribution, count, member) -%}
    coalesce(
            sum({{ count }}) over (
                partition by {{ distribution }}
                order by {{ count }}, {{ member }}
                rows between unbounded preceding and 1 preceding
            ), 0
        )
{%- endmacro %}
