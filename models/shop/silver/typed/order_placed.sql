-- one row per order placed
{{ typed_event() }}
