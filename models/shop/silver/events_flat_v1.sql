-- one row per distinct event
{{ config(materialized='view', event_time='event_date') }}

{{ typed_columns(ref('events')) }}
