{#
    PRIVACY.md, "what may be published" 1-3, decided for the worst viewer at once. With values x1 >= x2 >= x3 ... of the
    groups of a peer group and their sum S, each rule below fails for some viewer exactly when it fails for the one named.
    Values count by their size: refunds that outweigh sales can be estimated too, and lower the sum that hides others.
#}

{% macro rule(code) -%}
    (select rules.threshold from {{ ref('disclosure_rules') }} as rules where rules.rule_code = '{{ code }}')
{%- endmacro %}


{# What the rules need of an additive base: how many groups have some of it, the sum, the three largest and smallest. #}
{% macro contributors(base) -%}
    count(*) filter (where {{ base }} > 0) as {{ base }}_groups,
        coalesce(sum({{ base }}), 0) as {{ base }}_total,
        (array_agg(abs({{ base }}) order by abs({{ base }}) desc) filter (where {{ base }} <> 0))[:3] as {{ base }}_largest,
        (array_agg({{ base }} order by {{ base }}) filter (where {{ base }} > 0))[:3] as {{ base }}_smallest
{%- endmacro %}


{# The first rule that fails for some viewer in one of the bases, null where none does. #}
{% macro broken_rule(bases, least_others, dominance=rule('dominance')) -%}
    case
            when least({{ bases | join('_groups, ') }}_groups) - 1 < {{ least_others }} then 'few_groups'
            when {% for base in bases %}{{ is_dominated(base, dominance) }}{{ ' or ' if not loop.last }}{% endfor %}
                then 'dominance'
            when {% for base in bases %}{{ can_be_estimated(base) }}{{ ' or ' if not loop.last }}{% endfor %}
                then 'p_percent'
        end
{%- endmacro %}


{# Worst where the second largest looks: x1 > d (S - x2). As x (S - x) grows up to S / 2, no other viewer sees more. #}
{% macro is_dominated(base, dominance) -%}
    {%- set largest = base ~ '_largest' -%}
    (
        {{ base }}_total - coalesce({{ largest }}[1], 0) <= 0
        or {{ largest }}[1] > {{ dominance }} * ({{ base }}_total - coalesce({{ largest }}[2], 0))
    )
{%- endmacro %}


{#
    The p % rule: x2 looks, x3 tells it his value, and what is left beside x1 must be p x1 or more.

    And what the dominance rule tells by itself: of n others with the sum T none has more than d T, so each of those that
    do not tell has T - c - (n - 2) d T or more, where c is the value of the one who does. That must stay p below the
    value of each of them: worst where the smallest, s1, tells, s3 looks, and s2 is sought. (Without a teller the bound
    is 0 for five others.)
#}
{% macro can_be_estimated(base) -%}
    {%- set largest, smallest = base ~ '_largest', base ~ '_smallest' -%}
    {%- set bound = '(1 - ' ~ rule('dominance') ~ ' * (' ~ base ~ '_groups - 3))' -%}
    (
        {{ base }}_total - {{ largest }}[1] - coalesce({{ largest }}[2], 0) - coalesce({{ largest }}[3], 0)
        < {{ rule('p_percent') }} * {{ largest }}[1]
        or (
            {{ rule('p_percent') }} > 0
            and {{ bound }} * ({{ base }}_total - coalesce({{ smallest }}[3], 0))
            > {{ smallest }}[1] + (1 - {{ rule('p_percent') }}) * coalesce({{ smallest }}[2], 0)
        )
    )
{%- endmacro %}


{# An index to the digits that are published: 104.37 -> 104. #}
{% macro rounded(value) -%}
    {%- set step = 'power(10, floor(log(abs(nullif(' ~ value ~ ', 0)))) - ' ~ rule('significant_digits') ~ ' + 1)' -%}
    cast(case when {{ value }} = 0 then 0 else round({{ value }} / {{ step }}) * {{ step }} end as numeric(18, 6))
{%- endmacro %}


{#
    Of the sorted values of all groups those that stand around a quartile of the others, whichever one of all looks: with
    n others, the quartile is their value of rank ceil(n / 4) from below or above, and `averaged_count` of them are
    averaged. One more is taken, since the one who looks may stand among or below them. Null for too few.
#}
{% macro values_around_quartile(sorted, quartile) -%}
    {%- set others = '(cardinality(' ~ sorted ~ ') - 1)' -%}
    {%- set rank = 'cast(ceil(' ~ others ~ ' / 4.0) as integer)' -%}
    {%- set rank = rank if quartile == 'lower' else '(' ~ others ~ ' + 1 - ' ~ rank ~ ')' -%}
    {%- set beside = 'cast((averaged_count - 1) / 2 as integer)' -%}
    case
            when {{ others }} >= least_for_quartiles
                then {{ sorted }}[{{ rank }} - {{ beside }}:{{ rank }} + {{ beside }} + 1]
        end
{%- endmacro %}


{# The mean of those values without the one who looks: he takes out his own, or the nearest to it at an end. #}
{% macro quartile_of_others(quartile, metric, own) -%}
    (
            verdicts.{{ quartile }}_{{ metric }}_sum
            - least(
                greatest({{ own }}, verdicts.{{ quartile }}_{{ metric }}_least),
                verdicts.{{ quartile }}_{{ metric }}_greatest
            )
        ) / verdicts.averaged_count
{%- endmacro %}
