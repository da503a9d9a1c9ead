{#- The `begin` of a daily microbatch model. A fixed day would cost a batch for each day since. It
    decides how the work is cut up and nothing else, so the clock may have a say in it. -#}
{% macro first_batch() -%}
{{ return(run_started_at.strftime('%Y-%m-%d')) }}
{%- endmacro %}
