-- one row per customer and state of the customer's address and plan
{{ entity_history(ref('customer_profile_changes'), key='user_key', is_sparse=true) }}
