{#- Why an event is set aside by what its name is registered as; null if it is not. -#}
{% macro set_aside_reason(kind, schema_versions, schema_version) -%}
case
            when {{ kind }} = 'command' then 'command'
            when
                ' ' || {{ schema_versions }} || ' '
                not like '% ' || cast({{ schema_version }} as varchar) || ' %'
                then 'unsupported_schema_version'
        end
{%- endmacro %}
