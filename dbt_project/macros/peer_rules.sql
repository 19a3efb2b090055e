{#
    PRIVACY.md, "what may be published" 1-3, decided for the worst viewer at once. With values x1 >= x2 >= x3 ... of the
    groups of a peer group and their sum S, each rule below fails for some viewer exactly when it fails for the one named.
    Values count by their size: refunds that outweigh sales can be estimated too, and lower the sum that hides others.
#}

{# A rule that is not in the table divides by zero: compared with null, it would hold nothing back. #}
{% macro rule(code) -%}
    (select max(rules.threshold) / count(*) from {{ ref('disclosure_rules') }} as rules where rules.rule_code = '{{ code }}')
{%- endmacro %}


{# What the rules need of an additive base: how many groups have some of it, the sum, the three largest. #}
{% macro contributors(base) -%}
    count(*) filter (where {{ base }} > 0) as {{ base }}_groups,
        coalesce(sum({{ base }}), 0) as {{ base }}_total,
        (array_agg(abs({{ base }}) order by abs({{ base }}) desc) filter (where {{ base }} <> 0))[:3] as {{ base }}_largest
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


{#
    Worst where the second largest looks: x1 > d (S - x2). As x (S - x) grows up to S / 2, no other viewer sees more.

    What is held is d / (1 + p), where d is what everybody is told: "none is above d" bounds from above whoever stands just
    below d, and what the limit says of the others together bounds each from below. Held so, the promise stays p away from
    everybody on either side (docs/privacy.md).
#}
{% macro is_dominated(base, dominance) -%}
    {%- set largest = base ~ '_largest' -%}
    (
        {{ base }}_total - coalesce({{ largest }}[1], 0) <= 0
        or {{ largest }}[1] * (1 + {{ rule('p_percent') }})
        > {{ dominance }} * ({{ base }}_total - coalesce({{ largest }}[2], 0))
    )
{%- endmacro %}


{# The p % rule: x2 looks, x3 tells it his value, and what is left beside x1 must be p x1 or more. #}
{% macro can_be_estimated(base) -%}
    {%- set largest = base ~ '_largest' -%}
    (
        {{ base }}_total - {{ largest }}[1] - coalesce({{ largest }}[2], 0) - coalesce({{ largest }}[3], 0)
        < {{ rule('p_percent') }} * {{ largest }}[1]
    )
{%- endmacro %}


{# Who is in a month's sum of all, but not in that of the groups that growth is of: how many, their sum, both ends. #}
{% macro unmatched(matched, everybody) -%}
    {%- set alone = 'filter (where ' ~ matched ~ ' is null and ' ~ everybody ~ ' is not null)' -%}
    count(*) {{ alone }} as {{ matched }}_unmatched_groups,
        sum({{ everybody }}) {{ alone }} as {{ matched }}_unmatched_total,
        max({{ everybody }}) {{ alone }} as {{ matched }}_unmatched_largest,
        min({{ everybody }}) {{ alone }} as {{ matched }}_unmatched_smallest
{%- endmacro %}


{#
    Two members solve the average bill for the sum of all and growth for that of the matched groups; what is between them
    must be nobody's, or of several of whom none is nearly all of it. Refunds take away from what hides the others. What
    is less than rounding leaves unknown of the sums does not count.
#}
{% macro is_one_unmatched(matched) -%}
    {%- set part = matched ~ '_unmatched' -%}
    (
        greatest(abs({{ part }}_largest), abs({{ part }}_smallest))
        > {{ rule('negligible_share') }} * {{ matched }}_total
        and (
            {{ part }}_groups < {{ rule('minimum_changed_members') }}
            or {{ part }}_smallest < 0
            or {{ part }}_total - {{ part }}_largest < {{ rule('p_percent') }} * {{ part }}_largest
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
