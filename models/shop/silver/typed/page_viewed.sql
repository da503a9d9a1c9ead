-- one row per page view
{{ typed_event() }}
