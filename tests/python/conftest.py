"""Fixtures: a warehouse of its own for each test, built by the real dbt in this process."""

import pytest
from oracle import Trial
from warehouse import ASIDE, PROJECT, Warehouse, leave_manifest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Tests that share what a fixture makes run in one process, else each makes it once more. Where
    the example's folder is gone, so are the tests of it: the engine's are left.
    """
    for item in items:
        shared = [one[-1] for one in item._fixtureinfo.name2fixturedefs.values() if one]
        is_grouped = item.get_closest_marker("xdist_group")
        if not is_grouped and any(one.scope == "module" for one in shared):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    if not (PROJECT / "models" / "shop").is_dir():
        gone = [item for item in items if item.get_closest_marker("shop")]
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if not item.get_closest_marker("shop")]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Each test finds this project's manifest, whatever project the one before was about."""
    leave_manifest()


@pytest.fixture
def warehouse(tmp_path, request):
    """An empty warehouse and landing folder; of fewer tables where a test says so."""
    marks = {mark.name: mark.args for mark in reversed([*request.node.iter_markers()])}
    leave_out = ASIDE if "core" in marks else marks.get("without", ())
    return Warehouse(tmp_path, leave_out, marks.get("only", ()))


@pytest.fixture
def trial(warehouse):
    """An empty warehouse, and an oracle to judge it."""
    return Trial(warehouse)
