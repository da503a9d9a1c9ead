"""What `durable-events schedule` is made of: the lock, dbt with its retries, logs, the webhook."""
