-- one row per click on the checkout button
{{ typed_event() }}
