{#- An expression on `events` for a column of this model: where the YAML gives it a path (or some, of
    which the first that is there counts), what the event's properties have there. -#}
{% macro event_value(column) -%}
{%- set of_events = graph.nodes['model.durable_events.events'].columns -%}
{%- set declared = durable_events.declaration(model).columns
    | selectattr('name', 'equalto', column) | first | default({}) -%}
{%- set path = durable_events.path_of(declared) -%}
{%- if not path and column not in of_events -%}
    {{ exceptions.raise_compiler_error(
        this ~ " goes by " ~ column ~ ", which is no column of `events`. Say in its YAML where an "
        ~ "event's properties have it:  config: {meta: {path: $." ~ column ~ "}}"
    ) }}
{%- elif not path -%}
    {{ return(column) }}
{%- endif -%}
{%- set paths = [path] if path is string else path -%}
{%- set texts = durable_events.json_texts('properties', paths) -%}
{%- set found = [] -%}
{%- for _ in paths -%}
    {%- do found.append(durable_events.array_item(texts, loop.index)) -%}
{%- endfor -%}
{%- set text = 'coalesce(' ~ found | join(', ') ~ ')' if found | length > 1 else found[0] -%}
{%- set is_text = declared.data_type | lower in ('varchar', 'text', 'string') -%}
case
            when {{ durable_events.holds_object('properties') }}
                then {{ text if is_text else durable_events.typed_value(text, declared.data_type) }}
        end
{%- endmacro %}
