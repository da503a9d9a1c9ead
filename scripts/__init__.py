"""Durable Events: what is done around a dbt project of events, as the command `durable-events`."""
