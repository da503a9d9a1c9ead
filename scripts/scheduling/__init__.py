"""What scripts/scheduled_run.py is made of: the lock, dbt with its retries, logs, the webhook."""
