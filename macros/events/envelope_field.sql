{#- An envelope field as text, out of what envelope_texts gave. -#}
{% macro envelope_field(texts, field, fields=none) -%}
{%- set places = namespace(position=0, mine=[]) -%}
{%- for name in fields or var('envelope') -%}
    {%- for key in var('envelope')[name] -%}
        {%- set places.position = places.position + 1 -%}
        {%- if name == field -%}
            {%- do places.mine.append(array_item(texts, places.position)) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endfor -%}
{#- Most begin with a visible ASCII character, and looking for one anywhere costs more. -#}
coalesce(
    {%- for text in places.mine %}
    case
        when {{ text }} >= '!' and {{ text }} < chr(127) then {{ text }}
        when {{ matches(text, '[^\\s\\p{Z}]') }} then {{ text }}
    end
    {{- ',' if not loop.last }}
    {%- endfor %}
    {{- ', null' if places.mine | length == 1 }}
)
{%- endmacro %}
