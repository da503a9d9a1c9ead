"""The engine without its example: somebody with other events never opens the shop."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from another_project import Another
from warehouse import PROJECT

from durable_events.lint import tracked

EVENTS = [
    {"event_id": f"{day}-{n}", "event": name, "time": f"2026-03-{day:02}T0{n}:00:00Z", "user": user}
    for day in (1, 2, 3)
    for n, (name, user) in enumerate([("door_opened", "a"), ("door_shut", "a"), ("rang", "b")])
]
SHOP = re.compile("daily_revenue|daily_funnel|checkout_completed")


@pytest.fixture
def copy(tmp_path) -> Another:
    """A copy of the project, on a few events of a door."""
    folder = tmp_path / "a project"
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    lines = [json.dumps(event | {"user_id": event["user"]}) + "\n" for event in EVENTS]
    (folder / "landing" / "doors.ndjson").write_text("".join(lines))
    return Another(folder)


def change(project: Path, old: str, new: str) -> None:
    """Change a text that dbt_project.yml has once."""
    file = project / "dbt_project.yml"
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def built(project: Another, *arguments: str) -> int:
    """How many nodes a `dbt build` had, all of them well."""
    project.dbt("build", *arguments)
    (counts,) = re.findall(r"PASS=(\d+) WARN=(\d+) ERROR=0 SKIP=0", project.said)
    # the names are new to the registry, and said to be
    assert counts[1] in ("0", "1")
    return int(counts[0])


@pytest.mark.shop
def test_the_folder_can_go(copy):
    shutil.rmtree(copy.folder / "models" / "shop")
    settings = yaml.safe_load((copy.folder / "dbt_project.yml").read_text())
    del settings["models"]["durable_events"]["shop"], settings["vars"]
    (copy.folder / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    for seed in ("known_events", "event_aliases"):
        file = copy.folder / "seeds" / f"{seed}.csv"
        file.write_text(file.read_text().splitlines()[0] + "\n")

    assert built(copy) > 100
    tables = json.loads(copy.call("parity", "--json"))
    assert len(tables) > 25
    assert [table["table"] for table in tables if table["first"]] == []
    assert json.loads(copy.call("status", "--json"))["loads"]
    copy.call("validate")
    copy.call("site")
    # dbt's docs and the lineage know all macros, and bring an example of their own; the guide may
    # tell of ours
    others = ("docs", "column_lineage", "guide")
    files = sorted((copy.folder / "site").glob("*.html"))
    pages = " ".join(file.read_text() for file in files if not file.name.startswith(others))
    pages = re.sub(r"<[^>]+>", "", pages)
    assert "door_opened" in pages
    assert not SHOP.search(pages)


@pytest.mark.shop
def test_the_shop_can_be_off(copy):
    change(copy.folder, "+enabled: true\n", "+enabled: false\n")
    assert built(copy, "--exclude-resource-type", "unit_test") > 100
    assert not SHOP.search(copy.said)
    # unit tests ask nothing of the warehouse: that they are of the engine is all
    assert copy.dbt("ls", "--resource-type", "unit_test").success
    assert "unit_test:durable_events" in copy.said
    assert not SHOP.search(copy.said)
