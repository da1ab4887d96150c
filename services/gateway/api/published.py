"""The published language, found by walking `shared/contracts`: a module is in by being there."""

import pkgutil
from importlib import import_module
from types import ModuleType

from shared import contracts
from shared.messages import Command, Fact, Query, messages_in

Published = type[Command] | type[Query] | type[Fact]


def modules() -> list[ModuleType]:
    """Every contract, by name: a module, or a package of modules."""
    names = sorted(each.name for each in pkgutil.iter_modules(contracts.__path__))
    return [import_module(f"{contracts.__name__}.{name}") for name in names]


def published() -> list[Published]:
    """Every command, query and fact, contract by contract."""
    return messages_in(*modules())
