-- one row per unlocking of a door
{{ durable_events.typed_event() }}
