-- one row per account and currency
{{ balances(ref('account_entries')) }}
