"""A comparison of two versions as gold has it: the verdict, its checks, days and columns."""

from dataclasses import dataclass

from durable_events.project import Project
from durable_events.warehouse import Warehouse

EXAMPLES = 3  # of each column that differs
OUTCOMES = ("identical", "modified", "only_old", "only_new", "not_comparable")
PARTS = ("verdict", "differences", "comparison")


@dataclass
class Comparison:
    """Two versions compared. Each of the lists has a dict per row, by the names of gold's columns.

    `columns` have `examples` besides, the newest first. `meanings`: of the versions, by `v1`, `v2`.
    """

    name: str
    verdict: dict
    checks: list[dict]
    days: list[dict]
    columns: list[dict]
    meanings: list[tuple[str, str]]

    @property
    def is_ready(self) -> bool | None:
        """Whether the new version can take over; None where that can't be told."""
        return self.verdict["is_passed"]

    @property
    def sides(self) -> tuple[str, str]:
        """What the old version is called, and the new."""
        return self.verdict["old_name"], self.verdict["new_name"]

    @property
    def metrics(self) -> list[str]:
        """What was added up: the columns with a sum on each side."""
        if not self.days:
            return []
        return [key[4:-4] for key in self.days[0] if key.startswith("old_") and key[-4:] == "_sum"]


def names(warehouse: Warehouse) -> list[str]:
    """The comparisons that a project has, and a warehouse all parts of."""
    return [name for name in declared(warehouse.project) if warehouse.has(*parts(name))]


def declared(project: Project) -> list[str]:
    """What is compared in a project: the names that have a model for each part."""
    is_on = {name for name, table in project.tables.items() if not table.is_off}
    return sorted(
        stem
        for stem in (name.removesuffix("_verdict") for name in is_on if name.endswith("_verdict"))
        if is_on.issuperset(parts(stem))
    )


def parts(name: str) -> list[str]:
    """The models of a comparison."""
    return [f"{name}_{part}" for part in PARTS]


def read(warehouse: Warehouse, name: str) -> Comparison:
    """Read a comparison from a warehouse that has all of its tables."""
    verdict, differences, comparison = (f"{{{part}}}" for part in parts(name))
    first, *checks = warehouse.rows(f"select * from {verdict} order by check_number")
    span = (first["window_first_date"], first["window_last_date"])
    between = f"from {comparison} where event_date between ? and ?"
    days = warehouse.rows(f"select * {between} order by event_date", *span)
    columns = warehouse.rows(
        f"select * from {differences} "
        "order by differing_key_count desc nulls last, is_compared desc, column_name"
    )
    for column in columns:
        example = f"{column['column_name']}_example"
        told = [day[example] for day in reversed(days) if day.get(example) is not None]
        column["examples"] = told[:EXAMPLES]
    return Comparison(name, first, checks, days, columns, meanings(warehouse.project, name))


def meanings(project: Project, name: str) -> list[tuple[str, str]]:
    """What each version of an event means, as its YAML says; nothing where they say the same."""
    nodes = [table.node for table in project.tables.values() if table.node["name"] == name]
    nodes = [node for node in nodes if node.get("version") is not None and node["description"]]
    told = [(f"v{n['version']}", " ".join(n["description"].split())) for n in nodes]
    return sorted(told) if len({text for _, text in told}) > 1 else []
