-- one row per order line
{{ typed_event() }}
