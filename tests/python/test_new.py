"""The project that `durable-events new` writes: run as it stands, then as its README says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from another_project import Another, call
from warehouse import PROJECT, clean_environment

from durable_events.commands.new import SAME, files, name_of

WARNING = re.compile(r"\bwarn(ing)?s?\b(?!=0)|\w+Warning|deprecation|traceback", re.IGNORECASE)
UNLOCKS = [
    ("2026-03-02", "front", 2),
    ("2026-03-02", "garage", 1),
    ("2026-03-03", "front", 2),
    ("2026-03-03", "garage", 1),
    ("2026-03-04", "front", 1),
    ("2026-03-04", "garage", 1),
]


def start(folder: Path, *command: object, shell: bool = False) -> subprocess.CompletedProcess:
    """A command as a process in a folder, and what it prints, stderr too."""
    return subprocess.run(
        command[0] if shell else [str(part) for part in command],
        cwd=folder,
        env=clean_environment() | {"COLUMNS": "150", "NO_COLOR": "1", "DBT_USE_COLORS": "false"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        shell=shell,
    )


def rows(folder: Path, query: str) -> list[tuple]:
    """What a query on the warehouse of a project gives."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def unlocks(folder: Path) -> list[tuple]:
    """What the daily table of the sample says: date, door, how often."""
    columns = "cast(event_date as varchar), door, unlock_count"
    return rows(folder, f"select {columns} from gold.daily_unlocks order by all")


def copied(project: Path, tmp_path: Path) -> Path:
    """A built project once more, in a folder that may be changed, with the same .venv."""
    folder = tmp_path / "my events"
    shutil.copytree(project, folder, symlinks=True, ignore=shutil.ignore_patterns(".venv"))
    (folder / ".venv").symlink_to(project / ".venv")
    return folder


@pytest.fixture(scope="module")
def first_run(tmp_path_factory) -> tuple[Path, str]:
    """A project that was written and run, with nothing set up by hand; what that printed."""
    folder = tmp_path_factory.mktemp("new") / "my events"
    written = start(PROJECT, sys.executable, "-m", "durable_events", "new", folder)
    assert written.returncode == 0, written.stdout
    assert f"cd '{folder}' && make run" in written.stdout
    done = start(folder, "make", "run")
    assert done.returncode == 0, done.stdout
    return folder, done.stdout


def test_a_new_project_runs_without_a_warning(first_run):
    folder, printed = first_run
    # what the index of packages has to say is not of the project
    lines = [line for line in printed.splitlines() if "Location 'file://" not in line]
    assert [line for line in lines if WARNING.search(line)] == []
    assert re.search(r"PASS=\d+ WARN=0 ERROR=0 SKIP=0 NO-OP=0", printed)
    assert "All is well." in printed
    assert printed.index("All is well.") < printed.index("Next:")
    assert unlocks(folder) == UNLOCKS
    # the alias holds, the duplicate is dropped, nothing is to be found fault with
    assert rows(folder, "select count(*) from silver.events") == [(15,)]
    names = "select sent_event_name, event_name, event_count, finding from silver.event_names"
    assert rows(folder, f"{names} order by all") == [
        ("Door Opened", "door_unlocked", 2, None),
        ("battery_reported", "battery_reported", 3, None),
        ("door_locked", "door_locked", 4, None),
        ("door_unlocked", "door_unlocked", 6, None),
    ]
    schemas = "select distinct table_schema from information_schema.tables order by all"
    assert rows(folder, schemas) == [("bronze",), ("gold",), ("silver",)]


def test_a_new_project_passes_its_own_tests(first_run):
    folder, _ = first_run
    theirs = [folder / "warehouse.duckdb", folder / "target" / "manifest.json"]
    before = [path.read_bytes() for path in theirs]
    done = start(folder, "make", "test")
    assert done.returncode == 0, done.stdout
    assert re.search(r"PASS=\d+ WARN=0 ERROR=0 SKIP=0", done.stdout)
    assert re.search(r"gold\.daily_unlocks +\W? +6 ", done.stdout)
    assert re.search(r"\b[2-9]\d tables are equal, 0 differ\.", done.stdout)
    # it is built beside the warehouse that people use, and their next run parses nothing anew
    assert [path.read_bytes() for path in theirs] == before


def test_late_events_reach_the_tables_of_a_new_project(first_run, tmp_path):
    folder = copied(first_run[0], tmp_path)
    (folder / "landing" / "late.ndjson").write_text(
        '{"event_id": "b01", "event_name": "Door Opened", "event_time": "2026-02-01T08:00:00Z",'
        ' "user_id": "dan", "properties": {"door": "shed"}}\n'
        '{"event_id": "b02", "event_name": "door_unlocked", "event_time": "2026-03-02T23:00:00Z",'
        ' "user_id": "dan", "properties": {"door": "front"}}\n'
    )
    with (folder / "seeds" / "known_events.csv").open("a") as seed:
        seed.write("LockPainted,access,painting of a lock,fact,active,2026-03-02,,1\n")
    project = Another(folder)
    build = ("build", "--exclude-resource-type", "unit_test")
    assert project.dbt(*build, "--select", "+daily_unlocks", "event_names").success, project.said
    # no warning of a name that never came, though there is something to say of it
    assert "PASS event_names_are_known_and_well_formed" in project.said
    assert "WARN=0 ERROR=0" in project.said
    painted = "select event_count, finding is not null from silver.event_names"
    assert rows(folder, f"{painted} where event_name = 'LockPainted'") == [(0, True)]
    assert unlocks(folder) == [
        ("2026-02-01", "shed", 1),
        ("2026-03-02", "front", 3),
        *UNLOCKS[1:],
    ]


def test_its_readme_leads_to_events_of_ones_own(first_run, tmp_path):
    folder = copied(first_run[0], tmp_path)
    (tmp_path / "my_events.ndjson").write_text(
        '{"id": 1, "event": "note_saved", "time": 1772445600, "user_id": "eve"}\n'
        '{"id": 2, "event": "note_saved", "time": 1772445700, "user_id": "eve"}\n'
    )
    readme = (folder / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    (begin,) = [block for block in blocks if block.startswith("rm landing/sample.ndjson")]
    assert ".../my_events.ndjson" in begin
    done = start(folder, "set -e\n" + begin.replace(".../", "../"), shell=True)
    assert done.returncode == 0, done.stdout
    # a name that nobody knows yet is told, and that is all
    assert "WARN=1 ERROR=0" in done.stdout
    assert "sent_event_name: note_saved, finding: nobody knows it" in done.stdout
    counts = "select cast(event_date as varchar), event_name, event_count, user_count"
    assert rows(folder, f"{counts} from gold.daily_event_counts") == [
        ("2026-03-02", "note_saved", 2, 1)
    ]
    tables = "select table_name from information_schema.tables where table_name like '%unlock%'"
    assert rows(folder, tables) == []
    assert not re.search("door|lock", (folder / "seeds/known_events.csv").read_text())


def test_a_folder_that_holds_anything_is_left_as_it_is(tmp_path):
    (tmp_path / "kept.txt").write_text("mine")
    for folder, why in {
        tmp_path: "is not empty, and is left as it is: name another folder.",
        tmp_path / "kept.txt": "is a file",
        PROJECT / "acme": "lies in the package itself",
    }.items():
        code, said, told = call(PROJECT, "new", folder)
        assert (code, said) == (2, "")
        assert why in told
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
    assert (tmp_path / "kept.txt").read_text() == "mine"
    assert not (PROJECT / "acme").exists()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("acme", "acme"),
        ("My Events", "my_events"),
        ("2026 events", "events_2026_events"),
        ("Café-Kasse", "cafe_kasse"),
        ("日本", "events"),
        ("durable_events", "durable_events_project"),
        ("dbt", "dbt_project"),
        ("dbt_duckdb", "dbt_duckdb_project"),
    ],
)
def test_a_project_has_a_name_that_dbt_takes(folder, name):
    assert name_of(folder) == name


def test_what_a_project_has_in_common_with_this_one_stands_once(tmp_path):
    written = files(tmp_path / "my events")
    for name in SAME:
        assert written[name] == (PROJECT / name).read_text()
    ours = yaml.safe_load((PROJECT / "profiles.yml").read_text())["durable_events"]["outputs"]
    theirs = yaml.safe_load(written["profiles.yml"])["my_events"]["outputs"]
    assert ours.keys() == theirs.keys()
    for target, output in ours.items():
        plugin = output["plugins"][0] | {"module": "durable_events.landing_reader"}
        without_path = {key: value for key, value in output.items() if key != "module_paths"}
        assert theirs[target] == without_path | {"plugins": [plugin]}
    # by a path from there to here, and nothing is left to be filled in
    engine = os.path.relpath(PROJECT, tmp_path / "my events")
    assert yaml.safe_load(written["packages.yml"]) == {"packages": [{"local": engine}]}
    for path, text in written.items():
        assert path == "packages.yml" or str(PROJECT) not in text, path
        assert "<<" not in text, path
        # nor does it know the example
        assert not re.search("checkout_|revenue|wallet|basket", text, re.IGNORECASE), path
