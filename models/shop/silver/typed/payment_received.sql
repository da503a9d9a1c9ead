-- one row per payment
{{ typed_event() }}
