{#- Which columns two relations have, and which of them are compared. A macro of its own since a unit
    test, where the relations are no tables, has to bring the answer along. -#}
{% macro compared_columns(old, new, key, date_column='event_date', ignore=[]) -%}
{%- set sides = {'old': {}, 'new': {}} -%}
{%- if execute -%}
    {%- for side, relation in [('old', old), ('new', new)] -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do sides[side].update({column.name: column}) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
{%- set number = 'u?(tiny|small|big|huge)?int(?!erval)|decimal|numeric|float|double|real' -%}
{%- set left_out = ([key] if key is string else key) + [date_column] + ignore -%}
{%- set found = {'compared': [], 'ignored': [], 'old_only': [], 'new_only': [], 'as_text': []} -%}
{%- for name, column in sides.old.items() -%}
    {%- if name not in sides.new -%}
        {%- do found.old_only.append(name) -%}
    {%- elif name in left_out -%}
        {%- do found.ignored.append(name) -%}
    {%- else -%}
        {%- set other = sides.new[name] -%}
        {%- do found.compared.append(name) -%}
        {#- numbers compare as numbers; of any other two types only the text does -#}
        {%- set types = [column.data_type, other.data_type] -%}
        {%- set numbers = [] -%}
        {%- for type in types if modules.re.match(number, type | lower) -%}
            {%- do numbers.append(type) -%}
        {%- endfor -%}
        {%- if types[0] != types[1] and numbers | length < 2 -%}
            {%- do found.as_text.append(name) -%}
        {%- endif -%}
    {%- endif -%}
{%- endfor -%}
{%- for name in sides.new if name not in sides.old -%}
    {%- do found.new_only.append(name) -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro %}
