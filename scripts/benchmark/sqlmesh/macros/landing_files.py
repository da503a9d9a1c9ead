"""The landing files of some days."""

from pathlib import Path

from sqlmesh import macro


@macro()
def landing_files(evaluator):
    """The files that landed in the interval of the run, as an SQL list."""
    first, last = (evaluator.locals.get(name, "") for name in ("start_ds", "end_ds"))
    landing = Path(evaluator.var("landing"))
    days = sorted(landing.iterdir())
    # any file will do where SQLMesh only looks for the types, or nothing has landed: no line of it
    # is of the interval
    wanted = [day for day in days if first <= day.name <= last] or days[:1]
    files = [path for day in wanted for path in sorted(day.glob("*.ndjson.gz"))]
    return "[" + ", ".join(f"'{path}'" for path in files) + "]"
