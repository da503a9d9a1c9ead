"""Check the style of what git tracks: Python by ruff, YAML by yamllint, SQL by sqlfluff.

What sqlfluff found in order is not looked at again until the file changes, or what it may be
rendered with: a macro, a YAML file, a seed, a setting. Of all files that takes a minute.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
SQL = ("models/", "tests/dbt/singular/", "analyses/")
RENDERED_WITH = ("macros/", "seeds/", "models/", "tests/dbt/generic/")
SETTINGS = (".sqlfluff", "dbt_project.yml", "profiles.yml", "requirements.txt")
# What is made from the project's files, and so is none of them.
GENERATED = re.compile(
    r"(?:^|/)(?:target|logs|dbt_packages|\.venv|__pycache__|\.\w+_cache|\.hypothesis|\.user\.yml"
    r"|[\w.-]+\.egg-info)(?:/|$)"
    r"|^(?:landing/demo|site|build|\.git)(?:/|$)|\.py[co]$|\.duckdb(?:\.wal|\.tmp|\.lock)?(?:/|$)|\.log$"
)
PASSED = PROJECT / "target" / "linted.json"


def tracked() -> list[str]:
    """The files that git tracks and that are there; without git, all that are not generated."""
    command = ["git", "ls-files", "-z"]
    if shutil.which("git"):
        listed = subprocess.run(command, cwd=PROJECT, capture_output=True, check=False)
        if listed.returncode == 0:
            names = filter(None, listed.stdout.decode().split("\0"))
            return [name for name in names if (PROJECT / name).is_file()]
    found = []
    for path, folders, files in os.walk(PROJECT):
        at = Path(path).relative_to(PROJECT)
        folders[:] = [name for name in folders if not GENERATED.search((at / name).as_posix())]
        found += [(at / name).as_posix() for name in files]
    return [name for name in found if not GENERATED.search(name)]


def digest(names: list[str]) -> str:
    """A digest of some files, names and texts."""
    found = hashlib.sha256()
    for name in names:
        text = (PROJECT / name).read_bytes()
        found.update(f"{name} {len(text)}\n".encode() + text)
    return found.hexdigest()


def unseen(names: list[str]) -> dict[str, str]:
    """The files of SQL that did not pass as they are: a digest by name."""
    around = [
        name
        for name in names
        if name in SETTINGS or (name.startswith(RENDERED_WITH) and name not in sql_files(names))
    ]
    all_around = digest(sorted(around))
    passed = json.loads(PASSED.read_text()) if PASSED.exists() else {}
    found = {name: all_around + digest([name]) for name in sql_files(names)}
    return {name: seen for name, seen in found.items() if passed.get(name) != seen}


def sql_files(names: list[str]) -> list[str]:
    """The files of SQL that are linted: what dbt compiles, and no macro."""
    return [name for name in names if name.startswith(SQL) and name.endswith(".sql")]


def is_in_order(tool: str, *arguments: str) -> bool:
    """Run a tool of this environment, which says what is wrong."""
    command = [sys.executable, "-m", tool, *arguments]
    environment = os.environ | {"DURABLE_EVENTS_DB": ":memory:"}
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode == 0


def main() -> None:
    """Check all, and end with 1 where something is wrong."""
    names = tracked()
    python = [name for name in names if name.endswith(".py")]
    yaml = [name for name in names if name.endswith((".yml", ".yaml")) or name == ".yamllint"]
    found = [
        is_in_order("ruff", "check", *python),
        is_in_order("ruff", "format", "--check", *python),
        is_in_order("yamllint", "--strict", *yaml),
    ]
    if new := unseen(names):
        found.append(is_in_order("sqlfluff", "lint", "--processes", "2", *new))
        if found[-1]:
            PASSED.parent.mkdir(exist_ok=True)
            passed = json.loads(PASSED.read_text()) if PASSED.exists() else {}
            PASSED.write_text(json.dumps(passed | new, indent=1))
    sys.exit(not all(found))


if __name__ == "__main__":
    main()
