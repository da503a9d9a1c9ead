-- one row per change of a row of the customer table
{{ typed_event() }}
