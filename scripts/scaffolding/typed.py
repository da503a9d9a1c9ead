"""The text of a typed event, and of a pair of versions of it."""

from durable_events.scaffolding.files import NOT_NULL, documented

NO_COLUMN = """      # - name: price
      #   data_type: decimal(18,2)
      #   description: What one costs.
      #   config: {meta: {path: $.price, required: true, example: "9.99"}}
"""


def columns_of(columns: str, not_null: str = NOT_NULL) -> str:
    """The columns of a typed event: its own, between those that all have."""
    return (
        documented("event_id", "varchar", not_null)
        + documented("event_time", "timestamp", not_null)
        + documented("event_date", "date", not_null)
        + documented("user_key", "varchar")
        + columns
        + documented("load_id", "bigint", not_null, doc="changed_load_id")
    )
