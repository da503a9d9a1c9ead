"""Fixtures: a warehouse of its own for each test, built by the real dbt in this process."""

import pytest
from oracle import Trial
from warehouse import ASIDE, Warehouse


@pytest.fixture
def warehouse(tmp_path, request):
    """An empty warehouse and landing folder; of the core's tables where a test says so."""
    is_core = request.node.get_closest_marker("core")
    return Warehouse(tmp_path, leave_out=ASIDE if is_core else ())


@pytest.fixture
def trial(warehouse):
    """An empty warehouse, and an oracle to judge it."""
    return Trial(warehouse)
