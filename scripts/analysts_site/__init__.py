"""What scripts/build_site.py writes: pages read from gold, dbt's docs, the lineage of columns."""
