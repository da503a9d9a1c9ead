"""The dbt project that a command works on: where it is, what its tables are called, how dbt is run.

Nothing here imports dbt, which takes seconds: what dbt knows of a project is read from the manifest
that it leaves in the target folder.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TextIO

import yaml

from durable_events.errors import CannotTell

PACKAGE = "durable_events"
WAREHOUSE = "DURABLE_EVENTS_DB"
LANDING = "DURABLE_EVENTS_LANDING"
# Without the warning of `-m` that dbt.cli imports itself.
DBT = (sys.executable, "-W", "ignore::RuntimeWarning:runpy", "-m", "dbt.cli.main")


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def from_here(path: Path) -> Path:
    """A path as people who sit in the current folder write it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


@dataclass(frozen=True)
class Table:
    """The table or view of a model. As text it is `schema.identifier`.

    Args:
        schema: as the profile and dbt_project.yml make it.
        identifier: its name there.
        node: what the manifest says of the model.
        is_off: the model is disabled, so dbt does not build it.
    """

    schema: str
    identifier: str
    node: dict = field(default_factory=dict, compare=False, repr=False)
    is_off: bool = False

    @property
    def sql(self) -> str:
        """The same, quoted, in whichever file is open."""
        return f"{quoted(self.schema)}.{quoted(self.identifier)}"

    @property
    def layer(self) -> int:
        """Where it stands among the others: bronze, silver, gold, or a folder of one's own."""
        layers = ("bronze", "silver", "gold")
        return next((i for i, name in enumerate(layers) if name in self.node["fqn"]), len(layers))

    @property
    def meta(self) -> dict:
        """What its YAML says of it under `meta`."""
        return self.node["config"].get("meta") or {}

    def __str__(self) -> str:
        return f"{self.schema}.{self.identifier}"


class Project:
    """A dbt project: this one, or one that has this one among its packages.

    Args:
        folder: where its dbt_project.yml is; if not said, the current folder or the nearest above
            it, as dbt looks for it.

    Raises:
        CannotTell: there is none.
    """

    def __init__(self, folder: Path | None = None):
        here = (folder or Path()).resolve()
        candidates = [here] if folder else [here, *here.parents]
        found = [path for path in candidates if (path / "dbt_project.yml").is_file()]
        if not found:
            raise CannotTell(
                f"There is no dbt project in {folder or here}: no dbt_project.yml. Go to the "
                "folder of the project, or name it: --project-dir DIR."
            )
        self.folder = found[0]

    @property
    def target(self) -> Path:
        """The folder in which dbt leaves what it knows."""
        return from_here(self.folder / os.environ.get("DBT_TARGET_PATH", "target"))

    @cached_property
    def settings(self) -> dict:
        """What dbt_project.yml says."""
        return yaml.safe_load((self.folder / "dbt_project.yml").read_text()) or {}

    @property
    def name(self) -> str:
        """What the project is called."""
        return self.settings.get("name", "")

    @property
    def engine(self) -> Path:
        """The folder of this project's files: the project, or the package that dbt has of it."""
        if self.name == PACKAGE:
            return self.folder
        return self.folder / self.settings.get("packages-install-path", "dbt_packages") / PACKAGE

    def warehouse(self, said: Path | None = None) -> Path:
        """The DuckDB file: the one that is said, or that of the profile's target.

        Raises CannotTell where the profile names none.
        """
        return said or self.named_by_profile(dict(os.environ))

    def named_by_profile(self, environment: dict[str, str]) -> Path:
        """The DuckDB file that the profile names when dbt runs in an environment."""
        import jinja2  # noqa: PLC0415

        def env_var(name: str, default: str | None = None) -> str:
            if (value := environment.get(name, default)) is None:
                raise CannotTell(f"{file} asks for the variable {name}, which is not set.")
            return value

        def rendered(value) -> str:
            return jinja2.Environment().from_string(str(value)).render(env_var=env_var)

        homes = (environment.get("DBT_PROFILES_DIR"), self.folder, Path.home() / ".dbt")
        files = [self.folder / home / "profiles.yml" for home in homes if home]
        file = next((path for path in files if path.is_file()), None)
        if file is None:
            raise CannotTell(f"There is no profiles.yml in {self.folder}, nor in ~/.dbt.")
        name = environment.get("DBT_PROFILE") or rendered(self.settings.get("profile", ""))
        profile = (yaml.safe_load(file.read_text()) or {}).get(name) or {}
        target = environment.get("DBT_TARGET") or rendered(profile.get("target", "default"))
        output = (profile.get("outputs") or {}).get(target) or {}
        if output.get("type") != "duckdb" or not output.get("path"):
            raise CannotTell(
                f"The target {target} of the profile {name} in {file} names no DuckDB file. Name "
                "one (type: duckdb, path: ...), or say which: --warehouse FILE."
            )
        return from_here(self.folder / rendered(output["path"]))

    def environment(self, warehouse: Path) -> dict[str, str]:
        """The environment in which this project's dbt works on a warehouse, and on no other.

        Raises CannotTell where the profile does not ask for it: dbt would change another file.
        """
        made = os.environ | {
            WAREHOUSE: str(warehouse.resolve()),
            "DBT_PROJECT_DIR": str(self.folder),
        }
        if self.named_by_profile(made).resolve() != warehouse.resolve():
            raise CannotTell(
                f"The profile of {self.folder} does not ask which warehouse to use, so dbt would "
                f"work on {self.named_by_profile(made)}. Write in its profiles.yml: "
                f"path: \"{{{{ env_var('{WAREHOUSE}', 'warehouse.duckdb') }}}}\""
            )
        return made

    def dbt(
        self,
        *arguments: str,
        environment: dict[str, str] | None = None,
        scratch: Path | None = None,
        told: TextIO | None = None,
    ) -> str:
        """Run a dbt command of the project by this interpreter, and give what it prints.

        Args:
            arguments: the command.
            environment: of the process; see `environment`.
            scratch: a folder for dbt's target and log files, in place of the project's.
            told: where dbt's output goes, if somebody is to see it; it is not given then.

        Raises:
            CannotTell: it fails. Says why, or nothing more where somebody has seen it.
        """
        more = [] if told else ["--quiet"]
        if scratch:
            more += ["--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs")]
        done = subprocess.run(
            [*DBT, *arguments, *more],
            cwd=self.folder,
            env=environment,
            stdout=told or subprocess.PIPE,
            stderr=None if told else subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            why = ": see above." if told else f":\n{done.stdout}{done.stderr}"
            raise CannotTell(f"dbt {arguments[0]} failed{why}")
        return done.stdout or ""

    def compiled(self, sql: str, environment: dict[str, str], scratch: Path) -> str:
        """The plain SQL of SQL with macros and refs in it."""
        command = ("compile", "--output", "json", "--inline", sql)
        told = self.dbt(*command, environment=environment, scratch=scratch)
        return json.loads(told[told.index("{") :])["compiled"]

    @cached_property
    def manifest(self) -> dict:
        """What dbt knows of the project. It is asked anew where files have changed since, and where
        another project was the last in a target folder that both use (DBT_TARGET_PATH).

        Raises CannotTell if dbt can't parse the project.
        """
        path = self.target / "manifest.json"
        if path.is_file() and path.stat().st_mtime >= self.changed_at():
            known = json.loads(path.read_text())
            if known["metadata"]["project_name"] == self.name:
                return known
        self.dbt("parse")
        return json.loads(path.read_text())

    def changed_at(self) -> float:
        """When a file was last changed of which dbt makes the manifest, in seconds since 1970."""
        files = [self.folder / name for name in ("dbt_project.yml", "packages.yml", "profiles.yml")]
        for kind, usual in (("model", "models"), ("seed", "seeds"), ("macro", "macros")):
            for path in self.settings.get(f"{kind}-paths", [usual]):
                # a folder has changed where one of its files is gone
                files += [self.folder / path, *(self.folder / path).rglob("*")]
        return max(file.stat().st_mtime for file in files if file.exists())

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The tables of models, seeds and snapshots by name; of a version by `name.v1`.

        Of two with a name the project's own counts, and one that is on before one that is off.
        """
        off = [node for nodes in self.manifest["disabled"].values() for node in nodes]
        nodes = [(node, True) for node in off]
        nodes += [(node, False) for node in self.manifest["nodes"].values()]
        ranks = (None, PACKAGE, self.manifest["metadata"]["project_name"])
        nodes.sort(
            key=lambda found: (
                not found[1],
                ranks.index(found[0]["package_name"]) if found[0]["package_name"] in ranks else 0,
            )
        )
        return {
            node["name"] if node.get("version") is None else f"{node['name']}.v{node['version']}": (
                Table(node["schema"], node["alias"], node, is_off)
            )
            for node, is_off in nodes
            if node["resource_type"] in ("model", "seed", "snapshot")
        }

    def table(self, name: str) -> Table:
        """The table of a model.

        Raises CannotTell where the project has no such model, or has it switched off.
        """
        table = self.tables.get(name)
        if table is None:
            raise CannotTell(
                f"The dbt project {self.folder} has no model {name}: is {PACKAGE} in its "
                "packages.yml, and has `dbt deps` been run?"
            )
        if table.is_off:
            raise CannotTell(f"The model {name} is off in {self.folder}: enabled: false.")
        return table

    def find(self, text: str) -> Table | None:
        """The table that is called so: by its model, or as `schema.identifier`."""
        by_text = {str(table): table for table in self.tables.values()}
        return self.tables.get(text) or by_text.get(text)
