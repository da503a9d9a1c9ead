-- one row per event that moves money
{{ money_entries() }}
