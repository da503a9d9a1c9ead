{#- Why an event is set aside: rejected by what its name is registered as, until a registration has
    room for it. Null if it is not. What comes too late is not set aside, it waits: is_too_late. -#}
{% macro set_aside_reason(kind, schema_versions, schema_version) -%}
case
            when {{ kind }} = 'command' then 'command'
            when
                ' ' || {{ schema_versions }} || ' '
                not like '% ' || cast({{ schema_version }} as varchar) || ' %'
                then 'unsupported_schema_version'
        end
{%- endmacro %}
