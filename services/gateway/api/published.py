"""The published language, found by walking `shared/contracts`: a module is in by being there."""

import pkgutil
from importlib import import_module
from types import ModuleType

from shared import contracts
from shared.messages import Command, Fact, Query

Published = type[Command] | type[Query] | type[Fact]


def modules() -> list[ModuleType]:
    """Every module of the contracts, by name."""
    names = sorted(each.name for each in pkgutil.iter_modules(contracts.__path__))
    return [import_module(f"{contracts.__name__}.{name}") for name in names]


def published() -> list[Published]:
    """Every command, query and fact, module by module, in the order in which they are written."""
    return [
        thing
        for module in modules()
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, Command | Query | Fact)
        and thing.__module__ == module.__name__
    ]
