"""What scripts/compare_versions.py reads, and the page that it writes."""
