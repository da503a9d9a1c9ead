"""What `durable-events compare` reads, and the page that it writes."""
