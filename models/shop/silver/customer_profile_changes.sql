-- one row per change of a customer's address or plan
{{ entity_changes(['customer_address_changed', 'plan_changed'], key='user_key') }}
