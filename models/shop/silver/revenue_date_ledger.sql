-- one row per event date: the newest load that touched the revenue of it
{{ money_date_ledger(ref('money_entries'), books=['orders', 'payments']) }}
