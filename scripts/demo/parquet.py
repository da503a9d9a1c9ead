"""The demo stream's events as a Parquet file: what a sender with a schema would land."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [("event_id", pa.string()), ("event_name", pa.string()), ("event_time", pa.timestamp("us"))]
    + [("user_id", pa.string()), ("anonymous_id", pa.string()), ("src_ts", pa.timestamp("us"))]
    + [("source_system", pa.string()), ("schema_version", pa.int32())]
    + [(name, pa.string()) for name in ("app_version", "platform", "country_code", "page_url")]
    + [("properties", pa.string())]
)


def packed(rows: list[dict]) -> bytes:
    """The bytes of a file that holds rows of SCHEMA."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), sink, compression="zstd")
    return sink.getvalue()
