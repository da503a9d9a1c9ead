"""What README.md and docs/ say: links lead somewhere, commands are there, no setting is missing."""

import re
from itertools import pairwise
from pathlib import Path

import jinja2
import pytest
import typer.main
from warehouse import PROJECT

from durable_events.analysts_site.guide import anchor, links, markdown, pages, target
from durable_events.cli import app

FILES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").glob("*.md"))]
TEXTS = {path.relative_to(PROJECT): path.read_text() for path in FILES}
# those that people write; the benchmark's pages are its own
WRITTEN = {path: text for path, text in TEXTS.items() if "benchmark" not in path.name}
# those that tell what to call: what changed tells of names that are no more
CALLING = [
    *(path for path in WRITTEN if path.name != "CHANGELOG.md"),
    Path("Makefile"),
    *(path.relative_to(PROJECT) for path in (PROJECT / "scripts").glob("project_template/*file")),
    *(path.relative_to(PROJECT) for path in (PROJECT / "scripts").glob("project_template/*.md")),
]
LINE_LENGTH = 120


def anchors(path: Path) -> set[str]:
    """The anchors of a page that a link may lead to."""
    tokens = markdown().parse(TEXTS[path])
    return {
        anchor(content) for heading, content in pairwise(tokens) if heading.type == "heading_open"
    }


def is_gone(path: Path) -> bool:
    """Whether a file is of the example, which somebody has removed."""
    return path.is_relative_to("models/shop") and not (PROJECT / "models/shop").exists()


@pytest.mark.parametrize("path", TEXTS, ids=str)
def test_links_lead_somewhere(path):
    for opened, _ in links(markdown().parse(TEXTS[path])):
        href = str(opened.attrs["href"])
        if not href.startswith("https://"):
            to, at = target(path, href)
            assert (PROJECT / to).exists() or is_gone(to), href
            assert not at or at in anchors(to), href


def test_a_link_is_found_where_it_leads():
    assert target(Path("docs/a.md"), "../models/b%20c.yml") == (Path("models/b c.yml"), "")
    assert target(Path("docs/a.md"), "b.md#what-is-there") == (Path("docs/b.md"), "what-is-there")
    assert target(Path("docs/a.md"), "#here") == (Path("docs/a.md"), "here")
    tokens = markdown().parse("## What `dbt build` does: [all](x.md) of it")
    assert anchor(tokens[1]) == "what-dbt-build-does-all-of-it"


def test_readme_is_short_and_lists_all_pages():
    assert len(TEXTS[Path("README.md")].splitlines()) <= 200
    assert {page.path for page in pages(PROJECT)} == {path for path in TEXTS if path.parts[1:]}


@pytest.mark.parametrize("path", WRITTEN, ids=str)
def test_lines_fit(path):
    # a row of a table can't be broken, nor can many a command
    prose = re.sub(r"^```.*?^```", "", TEXTS[path], flags=re.DOTALL | re.MULTILINE)
    lines = [line for line in prose.splitlines() if not line.startswith("|")]
    assert not [line for line in lines if len(line) > LINE_LENGTH]


@pytest.mark.parametrize("path", WRITTEN, ids=str)
def test_pages_need_no_script(path):
    """GitHub draws Mermaid; the site has no script that would."""
    assert path.parts[0] != "docs" or "```mermaid" not in TEXTS[path]


@pytest.mark.parametrize("path", CALLING, ids=str)
def test_commands_that_are_named_are_there(path):
    text = (PROJECT / path).read_text()
    command = typer.main.get_command(app)
    for name, next_word in re.findall(r"durable-events ([a-z][a-z-]+)(?: ([a-z-]+))?", text):
        assert name in command.commands, name
        if next_word and (members := getattr(command.commands[name], "commands", None)):
            assert next_word in members, f"{name} {next_word}"
    targets = re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    for name in re.findall(r"(?:`|^|&& )make ([a-z]+)", text, re.MULTILINE):
        assert name in targets, name
    for name in re.findall(r"scripts/[\w/]+\.\w+", text):
        assert (PROJECT / name).is_file(), name


def test_the_page_on_settings_names_all():
    macro = (PROJECT / "macros/settings/default_settings.sql").read_text()
    found = []
    jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(
        macro + "{{ default_settings() }}"
    ).render({"return": found.append})
    assert "envelope" in found[0]
    assert not [name for name in found[0] if f"`{name}`" not in TEXTS[Path("docs/settings.md")]]
