-- one row per sign-up
{{ typed_event() }}
