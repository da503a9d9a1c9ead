{#- The id of an event that was sent without one: a hash of all that was sent, but for when. -#}
{% macro stable_event_id(payload) -%}
{%- set fields = durable_events.setting('event_id_fields') -%}
{%- if not fields -%}
'h:' || {{ durable_events.json_digest(payload, durable_events.setting('sending_fields')) }}
{%- else -%}
{%- set paths = [] -%}
{%- for field in fields -%}
    {%- do paths.append(field if field.startswith('$') else '$."' ~ field ~ '"') -%}
{%- endfor -%}
{%- set texts = durable_events.json_texts(payload, paths) -%}
{#- Each goes in with its length, so that no two lists of texts run together into the same. -#}
'h:' || md5(
    {%- for _ in paths %}
    {%- set text = durable_events.array_item(texts, loop.index) %}
    coalesce(cast(length({{ text }}) as varchar) || ':' || {{ text }}, '-')
    {{- ' ||' if not loop.last }}
    {%- endfor %}
)
{%- endif -%}
{%- endmacro %}
