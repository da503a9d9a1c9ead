"""The site for analysts, in a real browser: from disk and served, light and dark, on a phone."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from test_compare_versions import both
from warehouse import PROJECT, Warehouse

from durable_events.analysts_site.docs import copy_schema
from durable_events.analysts_site.pages import write_pages
from durable_events.commands import site as build_site
from durable_events.errors import CannotTell
from durable_events.pages.palette import SURFACES
from durable_events.pages.render import Link
from durable_events.project import Project
from durable_events.validation.results import Result, Validation, save

pytestmark = pytest.mark.shop

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "{{ 7 * 7 }}",
    "x" * 5_000,
    "buy_🛒_日本_\u202e_now",
]
READ = (
    "+daily_event_counts", "+daily_sessions", "+users", "+event_quality_daily",
    "+event_quality_findings", "+event_lateness", "+checkout_completed_verdict",
    "+checkout_completed_differences",
)  # fmt: skip
OWN = ("index", "quality", "events", "lateness", "checkout_completed_comparison")
OTHERS = ("docs", "column_lineage")  # dbt's page and Colibri's
GUIDE = ("guide", *(f"guide_{path.stem}" for path in sorted((PROJECT / "docs").glob("*.md"))))
# those that have all there is: tables, code, a picture, a file shown
GUIDE_VIEWED = ("guide", "guide_benchmark", "guide_commands", "guide_settings")
AXE_VIEWS = ((1280, "light"), (375, "dark"))  # what differs by width or scheme is in one of them
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def lines() -> list:
    """Three weeks of events on three platforms, with all that can be wrong with them."""
    found = []
    for day in range(1, 22):
        for i in range(6):
            time = f"2026-03-{day:02d}T10:{i:02d}:00Z"
            found.append({
                "event_id": f"{day}-{i}",
                "event_name": "page_viewed",
                "event_time": time,
                "sent_at": f"2026-03-{day:02d}T1{i % 3}:{i:02d}:01Z",
                "user_id": f"u{i}",
                "platform": ("web", "<b>ios</b>", None)[i % 3],
            })  # fmt: skip
        found += both(f"c{day}", time)
    times = {"event_time": "2026-03-20T10:00:00Z", "sent_at": "2026-03-21T09:00:00Z"}
    found += [
        times | {"event_id": f"h{i}", "event_name": name, "user_id": name}
        for i, name in enumerate(HOSTILE)
    ]
    return [*found, *found[:3], "no JSON", {"event_name": "page_viewed"}]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Warehouse:
    """A warehouse with the tables that the site reads."""
    warehouse = Warehouse(tmp_path_factory.mktemp("site"))
    warehouse.land("a.ndjson", lines())
    warehouse.dbt("run", "--select", *READ)
    return warehouse


@pytest.fixture(scope="module")
def site(built) -> Path:
    """The site's folder. Made in a zone west of Greenwich: dates must stay the same dates."""
    folder = built.folder / "pages of the site"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "durable_events", "site", "--site", str(folder)),
            *("--scratch", str(built.folder / "scratch")),
        ],
        cwd=PROJECT,
        env=os.environ | {"DURABLE_EVENTS_DB": str(built.database), "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("8 pages: open ")
    assert not done.stderr  # quiet where nobody looks
    return folder


@pytest.fixture(scope="module")
def manifest(site) -> dict:
    """dbt's manifest, as the site was made with it."""
    return json.loads((site.parent / "scratch/target/manifest.json").read_text())


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here to open the pages: `make browser` installs it")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def addresses(site):
    """Where the site is: on disk, and served as `make serve` does."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"file": site.as_uri(), "http": f"http://127.0.0.1:{server.server_port}"}
    server.shutdown()


def opened(browser, address: str, width: int = 1280, scheme: str = "light"):
    """A page in the browser, and what is wrong with it: console, dialogs, requests elsewhere."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(20_000)
    page, wrong = context.new_page(), []
    own = address[: address.rindex("/") + 1]

    def asked(request):
        if not request.url.startswith((own, "data:", "blob:")):
            wrong.append(f"asks for {request.url[:200]}")

    page.on("request", asked)
    page.on("requestfailed", lambda request: wrong.append(f"fails: {request.url[:200]}"))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on(
        "console",
        lambda message: message.type in ("error", "warning") and wrong.append(message.text),
    )
    page.goto(address)
    return page, wrong


@pytest.mark.parametrize(
    ("name", "where"),
    [*product(OTHERS, ("file", "http")), *((name, "http") for name in (*OWN, *GUIDE_VIEWED))],
)
def test_a_page_asks_no_other_host_and_has_no_errors(browser, addresses, name, where):
    page, wrong = opened(browser, f"{addresses[where]}/{name}.html")
    if name == "docs":
        page.get_by_role("heading", name="Tables and columns").wait_for()
    elif name == "column_lineage":
        page.get_by_text("durable_events").first.wait_for()
    page.context.close()
    assert not wrong


def test_the_check_of_a_page_sees_requests_and_errors(browser, tmp_path):
    text = '<img src="http://127.0.0.1:9/x.png"><script>console.error("oh"); alert(1)</script>'
    (tmp_path / "x.html").write_text(text)
    page, wrong = opened(browser, (tmp_path / "x.html").as_uri())
    page.context.close()
    assert {"oh", "1", "asks for http://127.0.0.1:9/x.png"} <= set(wrong)


def check_view(page, width: int, scheme: str) -> str:
    """No wider than the window, on the scheme's paper, nothing that axe finds; the scheme's ink."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper, ink = (
        "rgb({}, {}, {})".format(*bytes.fromhex(SURFACES[which][scheme == "dark"][1:]))
        for which in ("paper", "ink")
    )
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    assert page.evaluate("getComputedStyle(document.body).color") == ink
    if (width, scheme) in AXE_VIEWS:
        found = Axe().run(page).response["violations"]
        assert not [(rule["id"], rule["nodes"][0]["html"]) for rule in found]
    return ink


@pytest.mark.parametrize("view", AXE_VIEWS)
@pytest.mark.parametrize("name", GUIDE_VIEWED)
def test_a_page_of_the_guide_can_be_read(browser, addresses, name, view):
    page, wrong = opened(browser, f"{addresses['file']}/{name}.html", *view)
    check_view(page, *view)
    # what is wider than the page can be scrolled, by keyboard as well
    scrolled = page.evaluate("""[...document.querySelectorAll('article *')].filter(
        x => x.scrollWidth > x.clientWidth && getComputedStyle(x).overflowX === 'auto'
    ).map(x => x.tabIndex)""")
    assert set(scrolled) <= {0}
    assert scrolled or name == "guide" or view[0] > 400
    page.context.close()
    assert not wrong


def test_the_guide_is_made_of_the_pages_in_docs(browser, addresses, site):
    page, _ = opened(browser, f"{addresses['file']}/guide.html")
    listed = page.locator("article a").evaluate_all("all => all.map(x => x.getAttribute('href'))")
    assert sorted(listed) == [f"{name}.html" for name in GUIDE[1:]]
    page.locator("article a", has_text="Settings").click()
    page.get_by_role("heading", name="Settings", exact=True).wait_for()
    assert page.locator("aside [aria-current=page]").inner_text() == "Settings"
    # a file that a page shows; what looks like HTML or Jinja in it is text
    macro = (PROJECT / "macros/settings/default_settings.sql").read_text()
    assert macro in page.locator("pre code").all_text_contents()
    page.context.close()
    # a picture is part of the page, and a link into the project is a name
    assert "<svg" in (site / "guide_benchmark.html").read_text()
    assert "what <code>durable-events</code> does" in (site / "guide.html").read_text()
    text = (site / "guide_versions.html").read_text()
    assert "<span>checkout_completed</span>" in text


@pytest.mark.parametrize("view", [*product((1280, 375), ("light", "dark"))])
@pytest.mark.parametrize("name", OWN)
def test_a_page_can_be_read(browser, addresses, tmp_path, name, view):
    """No wider than the window, charts in the scheme's colours, nothing that axe finds."""
    width, scheme = view
    page, wrong = opened(browser, f"{addresses['file']}/{name}.html", width, scheme)
    ink = check_view(page, width, scheme)
    marks = page.locator("main svg:visible .mark-rect path, main svg:visible .mark-symbol path")
    assert marks.count() > 20
    texts = page.locator("main figure svg:visible text")
    colours = texts.evaluate_all("all => [...new Set(all.map(x => getComputedStyle(x).fill))]")
    assert colours == [ink] or (not colours and name == "events")
    page.screenshot(path=tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 10_000
    page.context.close()
    assert not wrong


def test_a_page_can_be_used_by_keyboard(browser, addresses):
    page, _ = opened(browser, f"{addresses['file']}/quality.html")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.inner_text() == "Skip to the content"
    assert focused.bounding_box()["x"] >= 0
    assert focused.evaluate("x => getComputedStyle(x).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("id") == "content"
    # without it: the links to the pages in order, then what is in the page
    page.context.close()
    page, _ = opened(browser, f"{addresses['file']}/quality.html")
    order = []
    for _ in range(10):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.innerText.split('\\n')[0]"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert order[1:9] == ["Start", "Quality", "Events", "Lateness", "checkout_completed: versions",
                          "Tables and columns", "Column lineage", "Guide"]  # fmt: skip
    assert page.locator("nav [aria-current=page]").inner_text() == "Quality"
    # each chart can be had as a table
    details = page.locator("details").first
    details.locator("summary").press("Enter")
    assert details.locator("tbody tr").count() == 21
    page.context.close()


def test_what_is_in_the_data_stays_data(browser, addresses, site):
    for name in (*OWN, *GUIDE):
        text = (site / f"{name}.html").read_text()
        assert "default-src 'none'" in text
        assert not re.search("<(img|script|iframe|object)", text)
    page, wrong = opened(browser, f"{addresses['file']}/events.html")
    names = page.locator("tbody th").all_inner_texts()
    for hostile in HOSTILE:
        assert hostile[:100] in " ".join(names)
    assert "name can't be read" in names
    page.goto(f"{addresses['file']}/lateness.html")
    assert page.locator("tbody th", has_text="<b>ios</b>").count()
    page.context.close()
    assert not wrong


def test_the_lookback_that_late_events_need(site):
    text = " ".join((site / "lateness.html").read_text().split())
    told = f"To catch all {len(HOSTILE)} late events, a table that recomputes its newest days"
    assert f"{told} in each run needs a lookback of 1 day, and would have rewritten" in text
    row = re.search(r"sent on a later date</th>(.*?)</tr>", text)[1]
    # the days with a time of sending that events are sent on, each with the day before it
    assert re.findall(r"<td>(.*?)</td>", row)[:4] == ["99.0 %", "1", "23", "5"]


def test_links_lead_somewhere(site, manifest):
    pages = {path.name: path.read_text() for path in site.glob("*.html")}
    assert sorted(pages) == sorted(f"{name}.html" for name in (*OWN, *GUIDE, *OTHERS))
    followed = set()
    for name in (*OWN, *GUIDE):
        for link in re.findall(r'href="([^"]+)"', pages[f"{name}.html"]):
            file, _, anchor = link.partition("#")
            if link == "data:," or link.startswith("https://"):
                continue
            followed.add(link)
            assert not file or file in pages, link
            if anchor.startswith("!/model/"):
                assert anchor.removeprefix("!/model/") in manifest["nodes"], link
            elif anchor:
                assert f'id="{anchor}"' in pages[file or f"{name}.html"], link
    assert len(followed) > 20
    overview = manifest["docs"]["doc.durable_events.__overview__"]["block_contents"]
    for link in re.findall(r"\]\((.*?)\)", overview):
        assert link in pages or link.removeprefix("#!/model/") in manifest["nodes"], link
    for exposure in manifest["exposures"].values():
        assert exposure["url"] in pages


def test_every_gold_table_answers_a_question(built, site, manifest):
    gold = {
        name: node["config"]["meta"].get("question")
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] == "gold"
    }
    assert not [name for name, question in gold.items() if not question], "add meta: {question: …}"
    text = (site / "index.html").read_text()
    # and is asked where it is there
    asked = {name for name in gold if f'href="docs.html#!/model/{name}"' in text}
    there = built.tables_made("gold")
    assert asked == {name for name in gold if f"gold.{manifest['nodes'][name]['alias']}" in there}
    assert 0 < len(asked) < len(gold)


def test_the_exposure_names_the_tables_that_the_pages_read(manifest):
    files = (PROJECT / "scripts/analysts_site").glob("*.py")
    code = "\n".join(path.read_text() for path in files)
    # in a query {events} is the table of the model events; some have a constant for their name
    constants = "\n".join(re.findall(r'^[A-Z, ]+ = (".+")$', code, re.MULTILINE))
    found = {*re.findall(r"{(\w+)}", code), *re.findall(r'"(\w+)"', constants)}
    read = found & {node["name"] for node in manifest["nodes"].values()}
    for analysis in re.findall(r'answer\(warehouse, manifest, "(\w+)"\)', code):
        node = manifest["nodes"][f"analysis.durable_events.{analysis}"]
        read |= {name.split(".")[2] for name in node["depends_on"]["nodes"]}
    needed = manifest["exposures"]["exposure.durable_events.site"]["depends_on"]["nodes"]
    assert {name.split(".")[2] for name in needed} == read


def test_columns_are_traced_to_where_they_come_from(site):
    """Colibri could read the SQL of all models."""
    report = site.parent / "scratch/target/colibri"
    assert not (report / "colibri-parsing-errors.json").exists()
    edges = json.loads((report / "colibri-manifest.json").read_text())["lineage"]["edges"]
    model = "model.durable_events."
    traced = {(e["source"], e["sourceColumn"], e["target"], e["targetColumn"]) for e in edges}
    assert (f"{model}events", "user_key", f"{model}daily_event_counts", "user_count") in traced
    assert (f"{model}raw_events", "payload", f"{model}judged_events", "event_id") in traced


def test_dates_are_the_same_in_every_zone(site):
    """The first day is a Sunday: a week's tick, drawn in the zone of New York."""
    assert "Mar 01</text>" in (site / "index.html").read_text()


def test_an_older_or_empty_warehouse_says_what_is_missing(built, manifest, tmp_path):
    empty, bare = tmp_path / "warehouse.duckdb", tmp_path / "bare.duckdb"
    copy_schema(built.database, empty)
    duckdb.connect(str(bare)).close()
    for warehouse, word, count in ((empty, "no events", 8), (bare, "has no <code>event_", 7)):
        folder = tmp_path / warehouse.stem
        links = write_pages(warehouse, folder, Project(PROJECT), manifest, "2026-01-01 00:00 UTC")
        assert len(links) == count
        for name in ("quality", "events", "lateness"):
            text = (folder / f"{name}.html").read_text()
            assert re.search(f"{word}|Nothing was found", text), name
        assert "There are no events in this warehouse yet" in (folder / "index.html").read_text()
        assert "No validation was run" in (folder / "quality.html").read_text()


def test_a_validation_is_part_of_it(built, manifest, tmp_path):
    path = tmp_path / "warehouse.duckdb"
    copy_schema(built.database, path)
    told = ("silver.events", None, "expect_x", "platform", "A platform is known.", "{}")
    holds, fails = (
        Result(*told, "info", True, "9 rows"),
        Result(*told, "warning", False, "<i>9</i>"),
    )
    results = [replace(holds, expected="1"), replace(fails, event_date=date(2026, 3, 20))]
    save(path, Validation(1, datetime(2026, 3, 22, 10, tzinfo=None), results), ["silver.events"])  # noqa: DTZ001
    links = write_pages(path, tmp_path, Project(PROJECT), manifest, "2026-01-01 00:00 UTC")
    assert Link("validation.html", "Validation") in links
    text = (tmp_path / "quality.html").read_text()
    assert "1 of 2 expectations hold" in text
    assert "2026-03-20: &lt;i&gt;9&lt;/i&gt;" in text
    text = (tmp_path / "validation.html").read_text()
    assert 'href="validation.html" aria-current="page"' in text
    assert "A platform is known." in text


def test_a_warehouse_that_can_t_be_read_is_told_at_once(tmp_path):
    def told(path: Path) -> str:
        with pytest.raises(CannotTell) as ended:
            build_site.main(PROJECT, path, tmp_path / "site", tmp_path / "scratch")
        assert not (tmp_path / "site").exists()
        return str(ended.value)

    assert "build it first, `dbt build`" in told(tmp_path / "nowhere.duckdb")
    (tmp_path / "other.duckdb").write_text("no database")
    assert "Can't read" in told(tmp_path / "other.duckdb")
    # open in a run
    locked = tmp_path / "locked.duckdb"
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(locked)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        assert f"is in use: process {holder.pid} " in told(locked)
        holder.communicate(b"\n")
