-- one row per customer and state that the customer's row was in
{{ row_history(ref('customer_row_changed'), key='customer_id') }}
