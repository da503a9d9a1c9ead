"""Fixtures: a warehouse of its own for each test, built by the real dbt in this process."""

import pytest
from oracle import Trial
from warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path):
    """An empty warehouse with an empty landing folder."""
    return Warehouse(tmp_path)


@pytest.fixture
def trial(warehouse):
    """An empty warehouse, and an oracle to judge it."""
    return Trial(warehouse)
