{#- A var, or what holds where it is not set; a mapping is merged with its default, at any depth. -#}
{% macro setting(name) -%}
{%- set default = durable_events.default_settings()[name] -%}
{%- if model and model.resource_type == 'unit_test' and model.package_name == 'durable_events' -%}
    {#- our unit tests hold whatever a project sets: they know the defaults and what they override -#}
    {%- set value = ((model.overrides or {}).vars or {}).get(name, default) -%}
{%- else -%}
    {#- a project sets it for all, or for this package: then its own models don't see it by name -#}
    {%- set of_package = var('durable_events', none) or {} -%}
    {%- set value = var(name, of_package.get(name, default)) -%}
{%- endif -%}
{{ return(durable_events.merged_setting(default, value)) }}
{%- endmacro %}
