"""What a project expects of its tables: read from the YAML of the models, and of no other place.

A model says it under `config: {meta: {expectations: [...]}}`, a list of expectations. Each has
`expect`, one of KINDS or any of Great Expectations' own that runs in SQL (such as
`expect_column_values_to_be_null`); its arguments; `severity` and `description`:

    - {expect: between, column: line_number, low: 1, severity: critical,
       description: Lines are counted from 1.}

What fails is told with its dates, so a share (`mostly`) holds on each date for itself. The date is
the model's `event_time`, or else `event_date`. A regular expression has to match the whole text.

Severities: `critical` is for what must not be, whoever sent what, and fails the command. `warning`
is for data that somebody should look at. `info` is for what is good to know.
"""

from great_expectations.expectations.registry import get_expectation_impl

from durable_events.errors import CannotTell
from durable_events.project import Table
from durable_events.validation import expectations
from durable_events.validation.expectations import Suite
from durable_events.validation.results import SEVERITIES

KINDS = {
    kind: getattr(expectations, kind)
    for kind in (
        *("rows", "groups", "between", "at_least", "like", "present", "one_of", "none_of"),
        "unique",
    )
}


def suite(table: Table) -> Suite:
    """The suite of a table. Raises CannotTell where its YAML can't be made one; says where."""
    made = []
    for number, said in enumerate(table.meta.get("expectations") or [], start=1):
        arguments = dict(said)
        try:
            kind = arguments.pop("expect")
            if arguments.get("severity") not in SEVERITIES:
                raise ValueError(f"severity is to be one of {', '.join(SEVERITIES)}")
            made.append((KINDS.get(kind) or get_expectation_impl(kind))(**arguments))
        except Exception as error:
            # of whatever kind: pydantic's, Great Expectations' registry's, a missing argument
            raise CannotTell(
                f"Expectation {number} of {table.node['name']}, in the YAML beside "
                f"{table.node['original_file_path']}, can't be checked: {said}: {error!r}"
            ) from error
    return Suite(table, tuple(made), table.node["config"].get("event_time") or "event_date")
