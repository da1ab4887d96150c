"""The company in which rights are tried, staged once for all that try them."""

from collections.abc import AsyncIterator, Callable

import pytest

from deploy.local.home import Home
from services.gateway.doors import Door
from shared.for_whom import ForWhom
from shared.settings import Settings
from tests.walls.company import Stage, staged
from tests.walls.doors import doors_of


@pytest.fixture(scope="session")
def declared(settings: Callable[[str], Settings]) -> dict[str, Door | None]:
    """What each route of this gateway says of itself."""
    return doors_of(settings("gateway"))


@pytest.fixture(scope="session")
def there_are(declared: dict[str, Door | None]) -> dict[str, ForWhom]:
    """The routes, and for whom each of them is."""
    return {route: door.for_whom for route, door in declared.items() if door}


@pytest.fixture(scope="session")
async def stage(site: Home, there_are: dict[str, ForWhom]) -> AsyncIterator[Stage]:
    async with staged(site, set(there_are)) as made:
        yield made
