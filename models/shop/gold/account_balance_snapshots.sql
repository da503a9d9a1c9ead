-- one row per account, currency and period end, from the account's first entry on
{{ balance_snapshots(ref('account_entries')) }}
