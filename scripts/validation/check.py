"""Run suites on the rows that a load touched, and tell on which dates they fail."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import great_expectations as gx
import sqlalchemy
from great_expectations.core import ExpectationValidationResult

from durable_events.project import Table, quoted
from durable_events.validation.engine import opened
from durable_events.validation.expectations import Suite
from durable_events.validation.results import Result, Validation

EXAMPLES = 3  # unexpected values to tell of
LONGEST = 200  # characters of one


@dataclass(frozen=True)
class Slice:
    """The rows of a table that a suite is run on.

    Args:
        suite: what is expected of them.
        sql: the query that gives them.
        dates: on how many dates they are; a row without a date counts as one.
    """

    suite: Suite
    sql: str
    dates: int


class Check:
    """Suites on a warehouse that is open: what they find, as results.

    Args:
        source: the warehouse, as a data source of Great Expectations.
        judged: the table that knows which loads there were, judged_events.
    """

    def __init__(self, source, judged: Table):
        self.source = source
        self.judged = judged

    def rows(self, query: str) -> list[tuple]:
        """What a query of our own gives, on the connection that Great Expectations has."""
        # a colon is a colon, and begins no parameter
        text = sqlalchemy.text(query.replace(":", r"\:"))
        return self.source.get_execution_engine().execute_query(text).fetchall()

    def newest_load(self) -> int | None:
        """The newest load that had a say in any line; None if there is none."""
        return self.rows(f"select max(changed_load_id) from {self.judged.sql}")[0][0]

    def slice(self, suite: Suite, since_load: int | None) -> Slice:
        """The rows on the dates that a load, and those after it, touched; None means all rows."""
        table = suite.table.sql
        day = quoted(suite.date_column)
        touching = "" if since_load is None else f"where load_id >= {since_load}"
        ((dates, undated),) = self.rows(
            f"select count(distinct {day}), count(*) - count({day}) from {table} {touching}"
        )
        sql = f"select * from {table}"
        if since_load is not None:
            # grouped, so that the engine takes them for few and skips the blocks of other dates
            sql += f" where {day} in (select {day} from {table} {touching} group by {day})"
        if since_load is not None and undated:
            # a row without a date was touched itself, or was not
            sql += f" union all select * from {table} {touching} and {day} is null"
        return Slice(suite, sql, dates + bool(undated))

    def run(self, part: Slice) -> list[Result]:
        """Run a suite on its rows."""
        if not part.dates:
            return []
        asset = self.source.add_query_asset(str(part.suite.table), query=part.sql)
        batch = asset.add_batch_definition_whole_table("rows").get_batch()
        found = batch.validate(
            gx.ExpectationSuite(
                name=str(part.suite.table),
                # copies: a suite makes what is in it its own, and answers in another order
                expectations=[
                    expectation.copy(update={"meta": {"number": number}})
                    for number, expectation in enumerate(part.suite.expectations)
                ],
            ),
            result_format={
                "result_format": "BASIC",
                "partial_unexpected_count": EXAMPLES,
                "unexpected_index_column_names": [part.suite.date_column],
                "return_unexpected_index_query": True,
            },
        )
        outcomes = sorted(found.results, key=lambda o: o.expectation_config.meta["number"])
        return [result for outcome in outcomes for result in self.told(part, outcome)]

    def told(self, part: Slice, outcome: ExpectationValidationResult) -> Iterator[Result]:
        """What came of an expectation: a result for each date on which it fails, or one."""
        config = outcome.expectation_config
        kwargs = {key: value for key, value in config.kwargs.items() if key != "batch_id"}
        columns = [kwargs[key] for key in ("column", "column_A", "column_B") if kwargs.get(key)]
        columns += kwargs.get("column_list") or []
        shared = {
            "table_name": str(part.suite.table),
            "expectation": config.type,
            "column_name": ", ".join(columns) or None,
            "description": config.description or config.type.replace("_", " "),
            "expected": json.dumps(kwargs, default=str),
            "severity": str(config.severity.value),
        }
        if why := exception(outcome.exception_info or {}):
            yield Result(event_date=None, **shared, success=None, observed=why)
            return
        count = outcome.result.get("unexpected_count")
        is_query = config.type == "unexpected_rows_expectation"
        if is_query:
            count = outcome.result["observed_value"]
        by_date = self.by_date(part, config, kwargs, columns, outcome.result) if count else []
        # only what adds up to what Great Expectations has counted
        if sum(row[2] for row in by_date) == count:
            failing = [row for row in by_date if not is_enough(row[3], row[2], kwargs)]
            for day, row_count, unexpected, judged, values in failing:
                yield Result(
                    event_date=day,
                    **shared,
                    success=False,
                    observed=of(unexpected, None if is_query else judged),
                    row_count=row_count,
                    unexpected_count=unexpected,
                    unexpected_values=tuple(values),
                )
            if failing:
                return
        looked_at = outcome.result.get("element_count")
        value = outcome.result.get("observed_value", "as expected" if outcome.success else "not")
        yield Result(
            event_date=None,
            **shared,
            success=bool(outcome.success),
            observed=of(count, looked_at) if count is not None else str(value),
            row_count=looked_at,
            unexpected_count=count,
            unexpected_values=tuple(
                str(v)[:LONGEST] for v in outcome.result.get("partial_unexpected_list") or []
            ),
        )

    def by_date(
        self, part: Slice, config, kwargs: dict, columns: list[str], found: dict
    ) -> list[tuple]:
        """The unexpected rows of each date: date, rows, unexpected rows, rows judged, values.

        Nothing where the dates can't be told: the query of an aggregate gives none.
        """
        day = quoted(part.suite.date_column)
        if config.type == "unexpected_rows_expectation":
            unexpected = kwargs["unexpected_rows_query"].format(batch=f"({part.sql})")
            value = "cast(to_json(unexpected) as varchar)"
        elif found.get("unexpected_index_query"):
            query = found["unexpected_index_query"].removesuffix(";")
            # it is for people, who know what the table is
            unexpected = query.replace(f"FROM {part.sql}", f"FROM ({part.sql}) as rows")
            value = "concat_ws(', ', " + ", ".join(map(quoted, columns)) + ")"
        else:
            return []
        has_value = " and ".join(f"{quoted(column)} is not null" for column in columns)
        is_judged = "true" if config.type.endswith("_null") or not has_value else has_value
        try:
            return self.rows(
                f"with unexpected as ({unexpected}), "
                "by_value as ("
                f"    select {day} as day, left({value}, {LONGEST}) as value, count(*) as n "
                "    from unexpected group by all"
                "), "
                "by_day as ("
                "    select day, sum(n) as unexpected_count, "
                "        max({'n': n, 'value': value}, "
                f"           {EXAMPLES}) filter (value <> '') as most "
                "    from by_value group by day"
                "), "
                "all_rows as ("
                f"    select {day} as day, count(*) as row_count, "
                f"        count(*) filter ({is_judged}) as judged_count "
                f"    from ({part.sql}) group by day"
                ") "
                "select by_day.day, row_count, cast(unexpected_count as bigint), judged_count, "
                "    list_transform(coalesce(most, []), lambda x: x.value) "
                "from by_day inner join all_rows on by_day.day is not distinct from all_rows.day "
                "order by by_day.day"
            )
        except sqlalchemy.exc.DBAPIError:
            return []


def is_enough(judged: int, unexpected: int, kwargs: dict) -> bool:
    """Whether the share of rows that are as expected is as high as it is to be."""
    return (judged - unexpected) >= kwargs.get("mostly", 1.0) * judged if judged else not unexpected


def of(count: int, total: int | None) -> str:
    """A number of rows out of all, in words."""
    return f"{count:,} of {total:,}" if total else f"{count:,}"


def exception(info: dict) -> str | None:
    """Why an expectation could not be checked, in one line; None if it could."""
    for told in [info] if "raised_exception" in info else info.values():
        if told["raised_exception"]:
            return " ".join(str(told["exception_message"]).split())[:500]
    return None


def validate(
    warehouse: Path,
    judged: Table,
    suites: list[Suite],
    *,
    since_load: int | None = None,
    everything: bool = False,
    progress: Callable[[str], None] = lambda table: None,
) -> Validation:
    """Run suites on what the newest load touched.

    Args:
        warehouse: the DuckDB file; opened read-only.
        judged: the table judged_events.
        suites: what to run.
        since_load: on what this load and those after it touched, instead.
        everything: on all rows, instead.
        progress: is told of each table before it is looked at.

    Raises:
        LookupError: nothing has landed yet.
        sqlalchemy.exc.DBAPIError: the file, or a table, can't be read.
    """
    results = []
    with opened(warehouse) as source:
        check = Check(source, judged)
        newest = check.newest_load()
        if newest is None:
            raise LookupError("nothing has landed yet")
        since = None if everything else newest if since_load is None else since_load
        for suite in suites:
            progress(str(suite.table))
            results += check.run(check.slice(suite, since))
    now = datetime.now(UTC).replace(tzinfo=None)
    return Validation(newest, now, results)
