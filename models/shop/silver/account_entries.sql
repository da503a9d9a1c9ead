-- one row per entry of an account
{{ account_entries(ref('money_entries'), book='wallet') }}
