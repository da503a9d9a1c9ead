"""The engine without its example: somebody with other events never opens the shop."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from warehouse import PROJECT, clean_environment

from durable_events.lint import tracked

EVENTS = [
    {"event_id": f"{day}-{n}", "event": name, "time": f"2026-03-{day:02}T0{n}:00:00Z", "user": user}
    for day in (1, 2, 3)
    for n, (name, user) in enumerate([("door_opened", "a"), ("door_shut", "a"), ("rang", "b")])
]
SHOP = re.compile("daily_revenue|daily_funnel|checkout_completed")


@pytest.fixture
def start(tmp_path):
    """Start a command in a copy of the project, on a few events of a door; gives its output."""
    copy = tmp_path / "a project"
    for name in tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, copy / name)
    lines = [json.dumps(event | {"user_id": event["user"]}) + "\n" for event in EVENTS]
    (copy / "landing" / "doors.ndjson").write_text("".join(lines))

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", *command],
            cwd=copy,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.copy = copy
    return run


def change(project: Path, old: str, new: str) -> None:
    """Change a text that dbt_project.yml has once."""
    file = project / "dbt_project.yml"
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def built(told: str) -> int:
    """How many nodes a `dbt build` had, all of them well."""
    (counts,) = re.findall(r"PASS=(\d+) WARN=(\d+) ERROR=0 SKIP=0", told)
    # the names are new to the registry, and said to be
    assert counts[1] in ("0", "1")
    return int(counts[0])


@pytest.mark.shop
def test_the_folder_can_go(start):
    shutil.rmtree(start.copy / "models" / "shop")
    settings = yaml.safe_load((start.copy / "dbt_project.yml").read_text())
    del settings["models"]["durable_events"]["shop"], settings["vars"]
    (start.copy / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    for seed in ("known_events", "event_aliases"):
        file = start.copy / "seeds" / f"{seed}.csv"
        file.write_text(file.read_text().splitlines()[0] + "\n")

    assert built(start("dbt.cli.main", "build")) > 100
    tables = json.loads(start("durable_events", "parity", "--json"))
    assert len(tables) > 25
    assert [table["table"] for table in tables if table["first"]] == []
    assert json.loads(start("durable_events", "status", "--json"))["loads"]
    start("durable_events", "validate")
    start("durable_events", "site")
    # dbt's docs and the lineage know all macros, and bring an example of their own; the guide may
    # tell of ours
    others = ("docs", "column_lineage", "guide")
    files = sorted((start.copy / "site").glob("*.html"))
    pages = " ".join(file.read_text() for file in files if not file.name.startswith(others))
    pages = re.sub(r"<[^>]+>", "", pages)
    assert "door_opened" in pages
    assert not SHOP.search(pages)


@pytest.mark.shop
def test_the_shop_can_be_off(start):
    change(start.copy, "+enabled: true\n", "+enabled: false\n")
    told = start("dbt.cli.main", "build")
    assert built(told) > 100
    assert not SHOP.search(told)
