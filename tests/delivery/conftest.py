"""The bench of the toys, and a cell: what the tests of delivery run on."""

from collections.abc import AsyncIterator

import pytest

from tests.delivery.bench import Bench, running_bench
from tests.delivery.cell import Cell, running_cell


@pytest.fixture(scope="session")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """Servers for the toys alone."""
    async with running_bench(tmp_path_factory.mktemp("toys") / "home") as running:
        yield running


@pytest.fixture(scope="package")
async def cell(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cell]:
    """A whole site of its own, for checks that go through HTTP."""
    async with running_cell(tmp_path_factory.mktemp("cell") / "home") as running:
        yield running
