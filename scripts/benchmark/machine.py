"""On what a benchmark ran: machine, versions, commit."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "pyarrow")


def cpu_name() -> str:
    """The processor's name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def git(*arguments: str) -> str:
    """What a git command says, nothing where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def package_version(name: str) -> str | None:
    """The version of an installed package, None if it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def facts() -> dict:
    """Machine, versions and commit; the names say the units."""
    return {
        "machine": {
            "cpu": cpu_name(),
            "cores": os.cpu_count(),
            "memory_bytes": psutil.virtual_memory().total,
            "system": platform.system(),
        },
        "versions": {"python": platform.python_version()}
        | {name: package_version(name) for name in PACKAGES},
        "commit": git("rev-parse", "--short=12", "HEAD") or None,
        "is_tree_dirty": bool(git("status", "--porcelain")),
    }
