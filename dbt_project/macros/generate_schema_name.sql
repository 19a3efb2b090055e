{# A model's schema is exactly the one that dbt_project.yml names: dbt's own rule would prefix it with the profile's. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
