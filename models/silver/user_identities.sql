-- one row per anonymous id and user that it belonged to, one after the other
{{ entity_history(ref('identifications'), key='anonymous_id') }}
