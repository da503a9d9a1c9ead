"""The commands of `durable-events`: a module each, which cli.py names."""
