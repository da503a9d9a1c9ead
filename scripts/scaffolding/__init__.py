"""The files of new models: what `durable-events scaffold` writes."""
