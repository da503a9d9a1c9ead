{#- The `begin` of a daily microbatch model: the day on which the project was parsed. A first build is
    then a batch or a few, of which the first takes everything older as well (see event_window); a
    fixed day would cost a batch for each day since. It decides how the work is cut up and nothing
    else, which is why the clock may have a say in it. -#}
{% macro first_batch() -%}
{{ return(run_started_at.strftime('%Y-%m-%d')) }}
{%- endmacro %}
