-- one row per checkout paid for
{{ typed_event() }}
