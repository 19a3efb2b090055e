{#
    The spelling under which a city is looked up: capitals, Ё as Е, one space for anything that is neither letter nor
    digit, without "Г." / "ГОРОД" before it and the country behind it. An empty spelling is 'NOT STATED'.
#}
{% macro normalised_city(city) -%}
    {%- set words = "' ' || " ~ replace_all("replace(upper(" ~ city ~ "), 'Ё', 'Е')", '[^0-9A-ZА-Я]+', ' ') ~ " || ' '" -%}
    {%- set bare = replace_all("trim(" ~ words ~ ")", '^(Г|ГОР|ГОРОД|G|GOR|GOROD) ', '') -%}
    {%- set bare = replace_all(bare, ' (RU|RUS|RUSSIA|РФ|РОССИЯ)$', '') -%}
    coalesce(nullif(trim({{ bare }}), ''), 'NOT STATED')
{%- endmacro %}
