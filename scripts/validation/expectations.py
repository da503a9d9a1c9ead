"""What suites are made of: a suite, and short ways to say the expectations most used."""

from dataclasses import dataclass

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from durable_events.project import Table


@dataclass(frozen=True)
class Suite:
    """What is expected of a table.

    Args:
        table: it has a column `load_id`, the newest load that a row was made of.
        expectations: of the rows on the dates that a load touched.
        date_column: the date that a row belongs to.
    """

    table: Table
    expectations: tuple[Expectation, ...]
    date_column: str = "event_date"


def rows(columns: str, condition: str, severity: str, description: str) -> Expectation:
    """Expect no row that meets a condition in SQL; the columns are what is shown of one.

    With the date among the columns, what fails is told with its date.
    """
    return gxe.UnexpectedRowsExpectation(
        unexpected_rows_query=f"select {columns} from {{batch}} where {condition}",
        severity=severity,
        description=description,
    )


def groups(columns: str, condition: str, severity: str, description: str) -> Expectation:
    """Expect no group of rows, by some columns, that meets a condition in SQL, on aggregates.

    With the date among the columns, what fails is told with its date.
    """
    return gxe.UnexpectedRowsExpectation(
        unexpected_rows_query=f"select {columns}, count(*) as row_count from {{batch}} "
        f"group by {columns} having {condition}",
        severity=severity,
        description=description,
    )


def between(
    column: str, *, low=None, high=None, severity: str, description: str, **more
) -> Expectation:
    """Expect values within bounds, which are allowed themselves."""
    return gxe.ExpectColumnValuesToBeBetween(
        column=column,
        min_value=low,
        max_value=high,
        severity=severity,
        description=description,
        **more,
    )


def at_least(higher: str, lower: str, severity: str, description: str, **more) -> Expectation:
    """Expect a column to be at least as high as another, where both are there."""
    return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=higher,
        column_B=lower,
        or_equal=True,
        ignore_row_if="either_value_is_missing",
        severity=severity,
        description=description,
        **more,
    )


def like(column: str, regex: str, severity: str, description: str, **more) -> Expectation:
    """Expect values that match a regular expression from end to end."""
    return gxe.ExpectColumnValuesToMatchRegex(
        column=column, regex=regex, severity=severity, description=description, **more
    )


def present(column: str, severity: str, description: str, **more) -> Expectation:
    """Expect values that are not null."""
    return gxe.ExpectColumnValuesToNotBeNull(
        column=column, severity=severity, description=description, **more
    )


def one_of(column: str, values: list, severity: str, description: str, **more) -> Expectation:
    """Expect values out of a list."""
    return gxe.ExpectColumnValuesToBeInSet(
        column=column, value_set=values, severity=severity, description=description, **more
    )


def none_of(column: str, values: list, severity: str, description: str) -> Expectation:
    """Expect no value out of a list."""
    return gxe.ExpectColumnValuesToNotBeInSet(
        column=column, value_set=values, severity=severity, description=description
    )


def unique(column: str, severity: str, description: str) -> Expectation:
    """Expect no value twice."""
    return gxe.ExpectColumnValuesToBeUnique(
        column=column, severity=severity, description=description
    )
