"""What `durable-events validate` does: suites, their engine, results and page."""

import os

# Great Expectations reads it when it is imported, and reports on its use if it is not there.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
