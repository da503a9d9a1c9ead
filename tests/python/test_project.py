"""The project holds to its own rules; each test says what to do where it does not."""

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import jinja2
import pytest
from dbt.cli.main import dbtRunner
from dbt.parser.schemas import is_valid_type
from dbt_common.clients.jinja import parse
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from warehouse import PROJECT, QUIET, Warehouse, manifest

from durable_events.lint import GENERATED, tracked
from durable_events.mutate import MUTATIONS

# Where SQL stands. The first two make tables, the others look at them.
MAKING, LOOKING = ("models", "macros"), ("tests/dbt", "analyses")
COMMENT = re.compile(r"\{#.*?#\}|/\*.*?\*/|(?<!\S)--\s[^\n]*", re.DOTALL)
JINJA = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)

CLOCK = re.compile(
    r"\b(?:now|today|yesterday|getdate|sysdate|systimestamp|unix_timestamp|curdate|curtime"
    r"|get_current_\w+|(?:transaction|statement|clock)_timestamp|utcnow|utc_timestamp"
    r"|localtime|localtimestamp)\s*\("
    r"|\bage\s*\([^,()]*\)"  # of two arguments it asks no clock
    r"|\b(?:current_(?:date|time|timestamp|datetime|localtime|localtimestamp)\w*"
    r"|localtime|localtimestamp|sysdate|run_started_at|modules\.datetime)\b",
    re.IGNORECASE,
)
# The start of the run, as data and to cut up a first build.
MAY_ASK_WHEN_THE_RUN_STARTED = {"macros/bronze/run_start.sql", "macros/ledger/first_batch.sql"}

# The homes and scratch folders of machines, and on which machine it is that this runs.
MACHINE_PATH = re.compile(
    r"(?<![\w.:~*$}/-])(?:/(?:home|root|Users|tmp|var/folders)/[\w.{$<]|[A-Za-z]:\\+(?:Users|Temp)\b)"
)
THIS_MACHINE = [
    re.compile(rf"(?<![\w.~*$}}/-]){re.escape(str(folder))}(?![\w.-])")
    for folder in (PROJECT, PROJECT.parent, Path.home())
    if len(folder.parts) > 1
]
REGISTRY = re.compile(
    r"\bpypi\.(?:python\.)?org|\bpythonhosted\.org|\bregistry\.(?:npmjs\.org|yarnpkg\.com)"
    r"|\b(?:conda|repo)\.anaconda\.(?:org|com)|\bcrates\.io|\bproxy\.golang\.org"
    r"|\brepo1?\.maven\.(?:apache\.)?org|\brubygems\.org|\b(?:extra[-_])?index[-_]url\b",
    re.IGNORECASE,
)


def source_files(*folders: str, suffix: str = ".sql") -> list[Path]:
    """The files of a kind below folders of the project, in order; there are some."""
    names = [name for name in tracked() if name.endswith(suffix)]
    files = [
        PROJECT / name
        for folder in folders
        for name in sorted(names)
        if name.startswith(f"{folder}/")
    ]
    assert files, f"no {suffix} file in {folders}: was a folder renamed?"
    return files


def shown(path: Path) -> str:
    """A path as the project knows it."""
    return path.relative_to(PROJECT).as_posix()


def code(path: Path) -> str:
    """A file's text with its comments blanked, every line in its place; of YAML the Jinja alone."""
    text = path.read_text()
    if path.suffix == ".yml":
        kept = [match.span() for match in JINJA.finditer(text)]
        inside = {i for first, past in kept for i in range(first, past)}
        return "".join(c if i in inside or c == "\n" else " " for i, c in enumerate(text))
    return COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), text)


def found(pattern: re.Pattern, text: str, where: str) -> list[str]:
    """Where in a text a pattern occurs, `file:line: what`, to click on."""
    return [
        f"{where}:{text.count(chr(10), 0, match.start()) + 1}: {match[0].strip()}"
        for match in pattern.finditer(text)
    ]


def own(nodes) -> list:
    """What of the manifest's nodes this project brought, in order."""
    mine = [node for node in nodes.values() if node.package_name == "durable_events"]
    return sorted(mine, key=lambda node: node.unique_id)


def models() -> list:
    """The project's models as dbt parsed them."""
    mine, files = own(manifest().nodes), set(tracked())
    return [n for n in mine if n.resource_type == "model" and n.original_file_path in files]


def macros_by_file() -> dict[str, dict]:
    """For each file that holds macros or generic tests: its macros by name."""
    files = defaultdict(dict)
    names = set(tracked())
    for macro in own(manifest().macros):
        if macro.original_file_path not in names:
            continue
        files[macro.original_file_path][macro.name] = macro
    return files


def main_macro(file: str) -> str:
    """The name of the macro that a file is there for; dbt calls a generic test x `test_x`."""
    return ("test_" if file.startswith("tests/") else "") + Path(file).stem


def arguments(macro) -> list[str]:
    """The names of the arguments that a macro takes, as its SQL has them."""
    (node,) = parse(macro.macro_sql).find_all(jinja2.nodes.Macro)
    return [argument.name for argument in node.args]


def held(problems: list[str], what_to_do: str) -> None:
    """Fail with what to do, and where."""
    assert not problems, "\n  ".join([what_to_do, *problems])


@pytest.mark.parametrize(
    "sql",
    [
        "now()",
        "NOW ( )",
        "current_date",
        "cast(current_timestamp as date)",
        "{{ dbt.current_timestamp() }}",
        "today() - 1",
        "get_current_timestamp()",
        "{{ run_started_at }}",
        "{{ modules.datetime.datetime.utcnow() }}",
        "age(event_time)",
    ],
)
def test_the_check_knows_a_clock(sql):
    assert CLOCK.search(sql)


@pytest.mark.parametrize("sql", ["known(x)", "is_current_date_set", "age(a, b)", "page(x)", "nows"])
def test_the_check_takes_no_other_word_for_a_clock(sql):
    assert not CLOCK.search(sql)


def test_no_table_depends_on_a_clock():
    files = source_files(*MAKING) + source_files("models", suffix=".yml")
    problems, asked = [], set()
    for path in files:
        name = shown(path)
        for line in found(CLOCK, code(path), name):
            if name in MAY_ASK_WHEN_THE_RUN_STARTED and line.endswith(": run_started_at"):
                asked.add(name)
            else:
                problems.append(line)
    held(problems, "Take the time from the data, or received_at: a rebuild must give the same.")
    gone = sorted(MAY_ASK_WHEN_THE_RUN_STARTED - asked)
    held(gone, "Take out of MAY_ASK_WHEN_THE_RUN_STARTED what no longer asks:")


def test_a_model_has_its_yaml_beside_it():
    problems = []
    for model in models():
        path = Path(model.original_file_path)
        # the YAML of a versioned model has the name without the version, as the view on it has
        beside = {
            path.with_suffix(".yml").as_posix(),
            path.with_name(f"{model.name}.yml").as_posix(),
            path.with_name(f"{model.alias}.yml").as_posix(),
        }
        if (model.patch_path or "").partition("://")[2] not in beside:
            problems.append(f"{path}: its YAML is {model.patch_path or 'missing'}")
    held(problems, "Describe a model in a .yml of the same name in the same folder:")
    parsed = {model.original_file_path for model in models()}
    unknown = [name for name in map(shown, source_files("models")) if name not in parsed]
    held(unknown, "dbt does not take these files for models of the project; is one disabled?")


def test_a_model_says_its_grain():
    problems = []
    for model in models():
        first_line = model.raw_code.partition("\n")[0]
        if not first_line.startswith("-- one row per "):
            problems.append(f"{model.original_file_path}: begins with {first_line!r}")
            continue
        grain = first_line.removeprefix("-- ").casefold()
        description = " ".join(model.description.split()).casefold()
        if not description.startswith(grain):
            problems.append(f"{model.patch_path}: the description does not open with {grain!r}")
    held(problems, "Begin a model with '-- one row per ...', its description with the same words:")


def test_a_model_has_a_contract():
    lax = [model.original_file_path for model in models() if not model.config.contract.enforced]
    held(lax, "Take out what switches the contract off, and say the columns in the YAML:")


def test_every_column_is_described():
    problems = []
    for model in models():
        if not model.columns:
            problems.append(f"{model.original_file_path}: no columns")
        for column in model.columns.values():
            lacks = [fact for fact in ("description", "data_type") if not getattr(column, fact)]
            problems += [f"{model.patch_path}: {column.name} has no {fact}" for fact in lacks]
    held(problems, "Give each column of a model a data_type and a description in its YAML:")


def test_a_file_holds_one_macro():
    problems = []
    files = macros_by_file()
    for path in source_files("macros") + source_files("tests/dbt/generic"):
        file = shown(path)
        for name in {main_macro(file)} - files[file].keys():
            problems.append(f"{file}: holds no {name}")
        for name in files[file].keys() - {main_macro(file)}:
            engine, _, of = name.partition("__")
            if not (of == main_macro(file) and engine and file.startswith("macros/dialect/")):
                problems.append(f"{file}: holds {name}")
    held(problems, "Give each macro a file of its name; only what it dispatches to stands with it:")


def test_a_macro_is_documented():
    problems = []
    for file, macros in macros_by_file().items():
        # what is dispatched to has no description of its own
        macro = macros.get(main_macro(file))
        if macro is None:
            continue
        yaml = Path(file).with_name("_tests.yml" if file.startswith("tests/") else "_macros.yml")
        if macro.patch_path != f"durable_events://{yaml}" or not macro.description.strip():
            problems.append(f"{yaml}: nothing on {macro.name}")
            continue
        taken, told = arguments(macro), [argument.name for argument in macro.arguments]
        if taken != told:
            problems.append(f"{yaml}: {macro.name} takes {taken}, documented are {told}")
        for argument in macro.arguments:
            if not argument.description.strip():
                problems.append(f"{yaml}: {macro.name}: {argument.name} has no description")
            if not is_valid_type(argument.type or ""):
                problems.append(f"{yaml}: {macro.name}: dbt knows no type {argument.type!r}")
    held(problems, "Document each macro, and its arguments in their order, in the folder's YAML:")


def test_only_the_dialect_knows_the_engine():
    # to ask which package dbt takes its own macros from is no engine's business
    knows = re.compile(
        r"\btarget\s*(?:\.\s*type\b|\[\s*.type.)"
        r"|\badapter\s*\.\s*(?:dispatch(?!\('\w+', 'dbt'\))|type)\b"
    )
    problems = []
    for path in source_files(*MAKING, *LOOKING) + source_files(*MAKING, suffix=".yml"):
        if not shown(path).startswith("macros/dialect/"):
            problems += found(knows, code(path), shown(path))
    held(problems, "Put what differs by engine into a small dispatched macro in macros/dialect:")


def test_a_dispatched_macro_has_its_implementations():
    problems = []
    for file, macros in macros_by_file().items():
        if not file.startswith("macros/dialect/"):
            continue
        for name in macros.keys() & {main_macro(file)}:
            passed_on = ", ".join(arguments(macros[name]))
            if "__" in name:
                # it goes before the adapter's own, which it calls, and is of that engine alone
                if f"dbt.{name}({passed_on})" not in macros[name].macro_sql:
                    problems.append(f"{file}: {name} does not return dbt.{name}({passed_on})")
                continue
            call = f"adapter.dispatch('{name}', 'durable_events')({passed_on})"
            if call not in macros[name].macro_sql:
                problems.append(f"{file}: {name} does not return {call}")
            for variant in (f"default__{name}", f"duckdb__{name}"):
                if variant not in macros:
                    problems.append(f"{file}: no {variant}")
        for variant in macros.keys() - {main_macro(file)}:
            if arguments(macros[variant]) != arguments(macros[main_macro(file)]):
                problems.append(f"{file}: {variant} takes other arguments")
    held(
        problems, "A macro of the dialect dispatches, with a default__ (it may raise) and duckdb__:"
    )


@pytest.fixture(scope="module")
def repository() -> dict[str, str]:
    """The text of each file of the project; of a binary file, nothing."""
    texts = {}
    for name in tracked():
        content = (PROJECT / name).read_bytes()
        texts[name] = "" if b"\0" in content else content.decode(errors="replace")
    assert "dbt_project.yml" in texts
    return texts


def test_no_file_knows_a_machine(repository):
    problems = []
    for name, text in repository.items():
        for pattern in (MACHINE_PATH, *THIS_MACHINE):
            problems += found(pattern, text, name)
    held(problems, "Write paths relative to the project, or take a folder for the purpose:")


def test_no_file_knows_a_package_registry(repository):
    problems = []
    for name, text in repository.items():
        problems += found(REGISTRY, text, name)
    held(problems, "Leave where packages come from to the machine that installs them:")


def test_nothing_generated_is_tracked(repository):
    held(
        [name for name in repository if GENERATED.search(name)],
        "Take these out of git (git rm --cached) and name them in .gitignore:",
    )


def test_requirements_are_pinned():
    lines = (PROJECT / "requirements.txt").read_text().splitlines()
    pins = {canonicalize_name(pin.name): pin for pin in map(Requirement, lines)}
    loose = [
        str(pin)
        for pin in pins.values()
        if [spec.operator for spec in pin.specifier] != ["=="] or "*" in str(pin.specifier)
    ]
    held(loose, "Pin each package in requirements.txt with == (make pins):")
    problems = []
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    asked = [*declared["project"]["dependencies"], *declared["dependency-groups"]["dev"]]
    for wanted in map(Requirement, asked):
        pin = pins.get(canonicalize_name(wanted.name))
        if pin is None:
            problems.append(f"{wanted.name} is not pinned")
        elif not wanted.specifier.contains(next(iter(pin.specifier)).version, prereleases=True):
            problems.append(f"{wanted} is pinned as {pin}")
    held(problems, "Bring requirements.txt in line with pyproject.toml (make pins):")


def test_the_scheduled_selector_leaves_out_what_reads_all_of_history():
    """And nothing else: models, seeds and the tests that judge the data that came are in."""
    chosen = dbtRunner(manifest=manifest()).invoke(["list", "--selector", "scheduled", *QUIET])
    assert chosen.success, chosen.exception
    nodes = {".".join(node.fqn): node for node in manifest().nodes.values()}
    warn = {name for name, node in nodes.items() if is_warning(node)}
    assert warn and warn <= set(chosen.result)
    every = dbtRunner(manifest=manifest()).invoke(["list", *QUIET])
    left_out = set(every.result) - set(chosen.result)
    wanted = {name for name in every.result if is_for_the_night(name, nodes)}
    assert len(wanted) > len(warn)
    assert left_out == wanted


def is_warning(node) -> bool:
    """Whether a node of the manifest is a test that warns."""
    return node.resource_type == "test" and node.config.severity.lower() == "warn"


def is_for_the_night(name: str, nodes: dict) -> bool:
    """Whether what dbt lists under a name is a unit test, or a data test that fails a build."""
    if name.startswith("unit_test:"):
        return True
    return name in nodes and nodes[name].resource_type == "test" and not is_warning(nodes[name])


def test_dbt_warns_of_nothing(tmp_path):
    warnings, heard = [], []

    def listen(event):
        heard.append(event.info.name)
        # that a version's time is over, one day, is news to its readers, and no mistake
        news = ("DeprecatedModel", "DeprecatedReference")
        if event.info.level in ("warn", "error") and event.info.name not in news:
            warnings.append(f"{event.info.name}: {event.info.msg}")

    result = dbtRunner(callbacks=[listen]).invoke(
        [
            *("parse", "--no-partial-parse", "--show-all-deprecations"),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(tmp_path), *QUIET),
        ]
    )
    assert result.success, result.exception
    assert heard, "dbt told nothing, so this test would miss warnings: listen in another way"
    held(warnings, "Mend what dbt parse warns of:")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Warehouse:
    """A small warehouse, built once for the tests that only look at it."""
    warehouse = Warehouse(tmp_path_factory.mktemp("built"))
    event = {"event_id": 1, "event_name": "view", "event_time": "2026-01-01", "user_id": "u"}
    warehouse.land("events.ndjson", [event, "no event"])
    warehouse.run()
    return warehouse


def test_unit_tests_pass(built):
    outcomes = built.dbt("test", "--select", "test_type:unit").result.results
    passed = {outcome.node.unique_id for outcome in outcomes if outcome.status == "pass"}
    all_there_are = [unit_test.unique_id for unit_test in own(manifest().unit_tests)]
    held([name for name in all_there_are if name not in passed], "These unit tests did not run:")


def test_documentation_is_generated(built):
    result = built.dbt("docs", "generate", "--static", must_succeed=False)
    assert result.success, result.exception or result.result.errors
    of_models = [model.unique_id for model in models()]
    missing = [name for name in of_models if name not in result.result.nodes]
    held(missing, "The catalog lacks the tables of these models: were they built?")
    page = (built.folder / "target" / "static_index.html").read_text()
    told = [*of_models, *(macro.unique_id for macro in own(manifest().macros))]
    held([name for name in told if f'"{name}"' not in page], "The page of the docs lacks these:")


def test_every_mutation_finds_what_it_changes():
    """`make mutate` takes minutes; that its texts are still there is seen at once."""
    gone = [
        f"{mutation.file}: {mutation.old}"
        for mutation in MUTATIONS
        if (PROJECT / mutation.file).read_text().count(mutation.old) != 1
        or not (PROJECT / "tests/python" / mutation.test.split("::")[0]).is_file()
        or f"def {mutation.test.split('::')[1]}("
        not in (PROJECT / "tests/python" / mutation.test.split("::")[0]).read_text()
    ]
    held(gone, "scripts/mutate.py changes a text, or names a test, that is not there exactly once:")
