"""Small inputs that went wrong for people, with the rows that must come of them.

They stand beside the repository and are no part of it; without them these tests are skipped.
"""

import json
import shutil

import pytest
from warehouse import PROJECT

REPORTS = PROJECT.parent / "shared" / "data" / "reports"
pytestmark = pytest.mark.skipif(not REPORTS.is_dir(), reason=f"no test data in {REPORTS}")


@pytest.mark.core
@pytest.mark.parametrize("case", ["01-id-of-the-whole-event", "05-times"])
def test_each_load_gives_the_rows_that_are_right(warehouse, case):
    folder = REPORTS / case
    expected = json.loads((folder / "expected.json").read_text())
    options = ("--vars", json.dumps(expected["vars"])) if "vars" in expected else ()
    for load, queries in enumerate(expected["after_each_load"], start=1):
        shutil.copytree(folder / str(load), warehouse.landing, dirs_exist_ok=True)
        warehouse.build(*options)
        found = {query: [[*row] for row in warehouse.rows(query)] for query in queries}
        assert found == queries
