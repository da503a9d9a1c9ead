"""The text of the four models that compare two versions of an event."""

import re
from pathlib import Path

from durable_events.errors import CannotTell
from durable_events.scaffolding.files import NOT_NULL, Folders, column, documented, folded

# the columns of every typed event that a comparison looks at
EVERY = {"user_key": "varchar"}
# those that it doesn't: see version_comparison
ASIDE = {"event_id", "event_time", "event_date", "load_id"}

MODEL = """models:
  - name: {name}
    description: >
{description}
    columns:
{columns}{tests}"""
REBUILT = """    data_tests:
      - {package}equals_rebuild:
          arguments:
            inputs:
{inputs}
      - unique:
          arguments:
            column_name: {unique}
"""
UNIQUE = """    data_tests:
      - unique:
          arguments:
            column_name: {unique}
"""


def sum_type(metric: str, data_type: str) -> str:
    """The type of what numbers of a type add up to.

    Raises CannotTell if they are no numbers.
    """
    plain = data_type.lower().replace(" ", "")
    if scale := re.fullmatch(r"(?:decimal|numeric)\(\d+,(\d+)\)", plain):
        return f"decimal(38,{scale[1]})"
    if plain in ("tinyint", "smallint", "integer", "int", "bigint", "hugeint"):
        return "hugeint"
    if plain == "double":
        return "double"
    raise CannotTell(f"{metric} is {data_type}, and no number to add up.")


def count(name: str, description: str) -> str:
    """A column that counts."""
    return column(name, "bigint", description, NOT_NULL)


def days(
    columns: list[dict[str, str]], key: str, metrics: list[str], versions: tuple[int, int]
) -> str:
    """The columns of the comparison by day."""
    old, new = (f"version {v}" for v in versions)
    text = documented("event_date", "date", NOT_NULL)
    text += count("old_row_count", f"Rows of {old}.")
    text += count("new_row_count", f"Rows of {new}.")
    text += column(
        "row_count_difference_percent", "double", f"By how much {new} has more, in %.", NOT_NULL
    )
    text += count("key_count", "Keys whose first date this is. Each has one outcome.")
    text += count("identical_count", "Those alike in both versions.")
    text += count("modified_count", "Those that differ in some column.")
    text += count("only_old_count", f"Those that {new} lacks.")
    text += count("only_new_count", f"Those that {old} lacks.")
    text += count("not_comparable_count", "Those of which a version has more than one row.")
    text += count("two_day_count", "Those in both whose two rows have different dates.")
    for metric in metrics:
        for side, of, types in zip(("old", "new"), (old, new), columns, strict=True):
            text += column(
                f"{side}_{metric}_sum",
                sum_type(metric, types[metric]),
                f"What {metric} adds up to in {of}.",
                NOT_NULL,
            )
        text += column(
            f"{metric}_difference_percent", "double", f"By how much that is more in {new}, in %."
        )
    for name in columns[0]:
        if name in columns[1] and name not in {*ASIDE, key}:
            text += count(f"{name}_differing_count", f"Keys that differ in {name}.")
            text += column(f"{name}_example", "varchar", f"The first of them, {old} -> {new}.")
    return text + documented("load_id", "bigint", NOT_NULL, doc="changed_load_id")


def files_of(
    name: str,
    versions: tuple[int, int],
    columns: list[dict[str, str]],
    *,
    key: str,
    metrics: list[str],
    where: Folders,
    package: str,
) -> dict[Path, str]:
    """The files of the ledger, the days, the columns and the verdict.

    Args:
        name: the event's.
        versions: the old and the new.
        columns: the types of the columns of each, by name.
        key: the column that tells which rows belong together.
        metrics: the columns to add up.
        where: the folders they go to.
        package: what macros and tests are called by, `durable_events.` or nothing.
    """
    refs = [f"ref('{name}', v={v})" for v in versions]
    both = f"version {versions[1]} of {name} against version {versions[0]}"
    listed = "[" + ", ".join(f"'{m}'" for m in metrics) + "]"
    compared = f"ref('{name}_comparison')"
    old, new = (f"v{v}" for v in versions)
    models = {
        where.silver / f"{name}_date_ledger": (
            f"event date: the newest load that touched the comparison of {name} on it",
            "version_date_ledger",
            [*refs, f"key='{key}'"],
            documented("event_date", "date", NOT_NULL)
            + documented("load_id", "bigint", NOT_NULL, doc="ledger_load_id"),
            [*refs, "ref('event_date_ledger')", "ref('registrations')"],
            "event_date",
        ),
        where.gold / f"{name}_comparison": (
            f"event date on which either version of {name} has a row",
            "version_comparison",
            [*refs, f"key='{key}'", f"ledger='{name}_date_ledger'", f"metrics={listed}"],
            days(columns, key, metrics, versions),
            [f"ref('{name}_date_ledger')", *refs],
            "event_date",
        ),
        where.gold / f"{name}_differences": (
            f"column of either version of {name}",
            "version_differences",
            [compared, *refs, f"key='{key}'"],
            column("column_name", "varchar", "The column.")
            + column("found_in", "varchar", "`both`, `old` or `new`.")
            + column("is_compared", "boolean", "False for the key, and what differs by nature.")
            + column("compared_key_count", "bigint", "Keys that are in both versions once.")
            + column("differing_key_count", "bigint", "Those of them that differ in it.")
            + column("differing_percent", "double", "The same in %.")
            + column("newest_date", "date", "The newest day with such a difference.")
            + column("example", "varchar", "A difference of that day."),
            [],
            "column_name",
        ),
        where.gold / f"{name}_verdict": (
            f"check of {both}, the verdict first",
            "version_verdict",
            [compared, refs[0], f"metrics={listed}", f"names=['{old}', '{new}']"],
            column("check_number", "integer", "0 is the verdict.")
            + column("check_name", "varchar", "`verdict`, or what is checked.")
            + column("is_passed", "boolean", "No day exceeds the threshold.")
            + column("reason", "varchar", "What failed, on which day and by how much.")
            + column("event_date", "date", "The day on which the check is worst.")
            + column("percent", "double", "What it is on that day.")
            + column("allowed_percent", "double", "The threshold.")
            + column("failing_day_count", "bigint", "Days that exceed it.")
            + column("first_date", "date", "The first day judged.")
            + column("last_date", "date", "The last day judged.")
            + column("judged_day_count", "bigint", "Days judged.")
            + column("window_first_date", "date", "The first of the days compared, judged or not.")
            + column("window_last_date", "date", "The newest complete day in the data.")
            + column("old_name", "varchar", "What the texts call the old version.")
            + column("new_name", "varchar", "What the texts call the new version.")
            + column("deprecation_date", "date", "When the old version is deprecated.")
            + column("days_left_count", "bigint", "Days until then."),
            [],
            "check_number",
        ),
    }
    files = {}
    for path, (grain, macro, arguments, text, inputs, unique) in models.items():
        call = ",\n".join(f"    {argument}" for argument in arguments)
        tests = (REBUILT if inputs else UNIQUE).format(
            package=package,
            inputs="\n".join(f"              - {ref}" for ref in inputs),
            unique=unique,
        )
        files[path.with_suffix(".sql")] = (
            f"-- one row per {grain}\n{{{{ {package}{macro}(\n{call},\n) }}}}\n"
        )
        files[path.with_suffix(".yml")] = MODEL.format(
            name=path.name, description=folded(f"One row per {grain}."), columns=text, tests=tests
        )
    return files
