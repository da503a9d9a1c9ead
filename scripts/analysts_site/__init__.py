"""What `durable-events site` writes: pages read from gold, dbt's docs, the lineage of columns."""
