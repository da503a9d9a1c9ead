-- one row per product put into the cart
{{ typed_event() }}
