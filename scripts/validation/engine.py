"""DuckDB for Great Expectations, which has no data source of its own for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import great_expectations as gx
import sqlalchemy
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.compiler import SQLCompiler


def literal_compiler(compiler: type[SQLCompiler]) -> type[SQLCompiler]:
    """A compiler that writes values into a query that is asked for as text.

    Great Expectations puts them there itself, and knows no `$1` of DuckDB's. A query that is run
    keeps its parameters.
    """

    class LiteralCompiler(compiler):
        def __init__(self, *args, compile_kwargs: dict | None = None, **kwargs):
            asked = dict(compile_kwargs or {})
            if asked.get("render_postcompile"):
                asked["literal_binds"] = True
            super().__init__(*args, compile_kwargs=asked, **kwargs)

    return LiteralCompiler


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Asks everything on one connection: a result of DuckDB ends with the connection it is from."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # decides what an operator is called: `~` for a regular expression, as in PostgreSQL
        self.dialect_module = postgresql
        dialect = self.engine.dialect
        dialect.statement_compiler = literal_compiler(dialect.statement_compiler)
        self.kept_connection: sqlalchemy.Connection | None = None

    @contextmanager
    def get_connection(self) -> Iterator[sqlalchemy.Connection]:
        if self.kept_connection is None:
            # else a query that fails takes those after it along
            self.kept_connection = self.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
        yield self.kept_connection

    def close(self) -> None:
        if self.kept_connection is not None:
            self.kept_connection.close()
            self.kept_connection = None
        super().close()
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):
    """A data source on a DuckDB file: by `context.data_sources.add_duckdb`."""

    type: Literal["duckdb"] = "duckdb"

    @property
    def execution_engine_type(self):
        return DuckDBExecutionEngine


@contextmanager
def opened(warehouse: Path) -> Iterator[DuckDBDatasource]:
    """A warehouse as a data source, read-only, for as long as it is needed; the file is free after.

    The context is in memory alone: nothing is written to disk, and nothing is sent anywhere.
    """
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    url = sqlalchemy.URL.create(
        "duckdb", database=str(warehouse.resolve()), query={"access_mode": "read_only"}
    )
    # a dollar sign would stand for one of its own settings
    text = str(url).replace("$", r"\$")
    source = context.data_sources.add_duckdb("warehouse", connection_string=text)
    try:
        yield source
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()
