"""Files that are brought with the forms of pages."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.home import Home
from tests.pages.conftest import said_to_record


@pytest.fixture(autouse=True)
async def patience(site: Home) -> AsyncIterator[None]:
    """Whoever brings many files must wait, but not from one test to the next."""
    await said_to_record(site, "DELETE FROM sign_in_try")
    yield
    await said_to_record(site, "DELETE FROM sign_in_try")
