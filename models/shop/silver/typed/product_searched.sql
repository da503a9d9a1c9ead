-- one row per product search
{{ typed_event() }}
