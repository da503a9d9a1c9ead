{#- An envelope field as text, out of what envelope_members gave or, for a path, of the payload. -#}
{% macro envelope_field(field, members, payload) -%}
{%- set keys = durable_events.envelope_keys() -%}
{%- set texts = [] -%}
{#- members are null where the payload is no JSON object: a path into what is no JSON is an error -#}
{%- set object = 'case when ' ~ members ~ ' is not null then ' ~ payload ~ ' end' -%}
{%- for key in durable_events.setting('envelope')[field] -%}
    {%- do texts.append(
        durable_events.json_member(members, key) if key in keys
        else durable_events.array_item(durable_events.json_texts(
            object, [key if key.startswith('$') else '$."' ~ key ~ '"']
        ), 1)
    ) -%}
{%- endfor -%}
{#- Most begin with a visible ASCII character, and looking for one anywhere costs more. -#}
coalesce(
    {%- for text in texts %}
    case
        when {{ text }} >= '!' and {{ text }} < chr(127) then {{ text }}
        when {{ durable_events.matches(text, '[^\\s\\p{Z}]') }} then {{ text }}
    end
    {{- ',' if not loop.last }}
    {%- endfor %}
    {{- ', null' if texts | length == 1 }}
)
{%- endmacro %}
