"""The guide: the pages of docs/ as pages of the site, as the table in README.md lists them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from durable_events.pages.render import Link, write

HERE = Path(__file__).resolve().parent
GUIDE = "guide.html"


@dataclass(frozen=True)
class Page:
    """A page of the guide.

    Args:
        path: the Markdown file, from the folder of the project.
        title: what README.md calls it.
        purpose: what it is for, in the same words, as HTML.
        text: what is in it.
    """

    path: Path
    title: str
    purpose: Markup
    text: str

    @property
    def file(self) -> str:
        """The page's name in the site."""
        return f"guide_{self.path.stem}.html"


def pages(engine: Path) -> list[Page]:
    """The pages of docs/ that the table in README.md lists, in its order."""
    found = []
    for line in (engine / "README.md").read_text("utf-8").splitlines():
        if line.startswith("| ["):
            names, purpose = line.strip("| ").split(" | ")
            for title, path in re.findall(r"\[(.+?)\]\((docs/.+?\.md)\)", names):
                text = (engine / path).read_text("utf-8")
                said = Markup(markdown().renderInline(purpose))
                found.append(Page(Path(path), title, said, text))
    return found


def markdown() -> MarkdownIt:
    """A parser of the pages, for which what looks like HTML is text."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def anchor(heading: Token) -> str:
    """The id that GitHub gives a heading with this content."""
    text = "".join(token.content for token in heading.children or [])
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def links(tokens: list[Token]) -> Iterator[tuple[Token, Token]]:
    """The links among tokens: where each opens, and where it closes."""
    for token in tokens:
        opened = []
        for child in token.children or []:
            if child.type == "link_open":
                opened.append(child)
            elif child.type == "link_close":
                yield opened.pop(), child


def target(path: Path, href: str) -> tuple[Path, str]:
    """Where a link in a file leads to, as a path from the same folder as the file's; the anchor."""
    to, _, at = unquote(href).partition("#")
    parts: list[str] = []
    for part in (path.parent / to).parts if to else path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return Path(*parts), at


def rendered(page: Page, engine: Path, known: dict[Path, str]) -> Markup:
    """The page as HTML.

    Links to pages of the site lead there. A link to another file of the project is its name alone,
    or shows the file if it has a paragraph to itself. Pictures are part of the page.

    Args:
        page: the page.
        engine: the folder of the project's files.
        known: the pages of the site by the file that they are made of.
    """
    parser = markdown()
    tokens = parser.parse(page.text)
    for i, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(tokens[i + 1]))
        if token.type == "th_open" and not tokens[i + 1].content:
            token.tag = tokens[i + 2].tag = "td"  # the corner of a table heads nothing
        children = token.children or []
        kinds = [child.type for child in children]
        if tokens[i - 1].type == "paragraph_open" and kinds == ["link_open", "text", "link_close"]:
            path, _ = target(page.path, str(children[0].attrs["href"]))
            if path not in known:
                shown = (engine / path).read_text("utf-8")
                tokens[i] = Token("fence", "code", 0, content=shown)
                tokens[i - 1].hidden = tokens[i + 1].hidden = True
    for opened, closed in links(tokens):
        href = str(opened.attrs["href"])
        path, at = target(page.path, href)
        if path in known:
            opened.attrSet("href", known[path] + (f"#{at}" if at else ""))
        elif not href.startswith("https://"):
            opened.tag = closed.tag = "span"
            opened.attrs = {}
    parser.add_render_rule("fence", lambda _, all_, i, *__: block(all_[i].content))
    parser.add_render_rule("image", lambda _, all_, i, *__: picture(page, engine, all_[i]))
    parser.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return Markup(parser.renderer.render(tokens, parser.options, {}))


def block(text: str) -> str:
    """A block of code; one that is too wide can be scrolled by keyboard."""
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>\n'


def picture(page: Page, engine: Path, image: Token) -> str:
    """An SVG file of the project as part of the page, which may load none."""
    path, _ = target(page.path, str(image.attrs["src"]))
    svg = (engine / path).read_text("utf-8")
    return (
        f'<span class="scroll" tabindex="0" role="img" aria-label="{escape(image.content)}">'
        f"{svg}</span>"
    )


def write_guide(engine: Path, site: Path, links_of_site: tuple[Link, ...], made_at: str) -> None:
    """Write the guide's pages into the site, and one that lists them.

    Args:
        engine: the folder of the project's files.
        site: the folder of the site.
        links_of_site: those at the head of each page.
        made_at: when, as the pages say it.
    """
    found = pages(engine)
    known = {page.path: page.file for page in found} | {Path("README.md"): GUIDE}
    shared = {"links": links_of_site, "made_at": made_at, "pages": found}
    write(HERE, GUIDE, site / GUIDE, content=None, title="Guide", **shared)
    for page in found:
        content = rendered(page, engine, known)
        write(HERE, GUIDE, site / page.file, content=content, title=page.title, **shared)
