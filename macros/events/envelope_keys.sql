{#- The keys of the top level at which envelope fields may stand. Of keys that differ in case only
    the first, since the fields of an SQL struct would not tell them apart. -#}
{% macro envelope_keys(fields=none) -%}
{%- set keys = {} -%}
{%- set envelope = durable_events.setting('envelope') -%}
{%- for field in fields or envelope -%}
    {%- for key in envelope[field] if not key.startswith('$') -%}
        {%- do keys.setdefault(key | lower, key) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(keys.values() | list) }}
{%- endmacro %}
