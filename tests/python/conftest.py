"""Fixtures: a warehouse of its own for each test, built by the real dbt in this process."""

import pytest
from oracle import Trial
from warehouse import ASIDE, Warehouse


@pytest.fixture
def warehouse(tmp_path, request):
    """An empty warehouse and landing folder; of fewer tables where a test says so."""
    is_core = request.node.get_closest_marker("core")
    only = request.node.get_closest_marker("only")
    return Warehouse(tmp_path, ASIDE if is_core else (), only.args if only else ())


@pytest.fixture
def trial(warehouse):
    """An empty warehouse, and an oracle to judge it."""
    return Trial(warehouse)
