{#- Fails for each finding of a quality trigger that the newest load brought to light. -#}
{% test finds_nothing(model, trigger_name) %}
{{ config(severity='warn') }}
select event_name, event_date, field, finding, observed_value, usual, lower_bound, upper_bound
from {{ model }}
where is_news and trigger_name = '{{ trigger_name }}'
order by event_date, event_name, field
{% endtest %}
