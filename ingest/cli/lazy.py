"""Commands that are loaded when they are called: who searches need not wait for the crawler, nor for clients of servers."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command


class _OnDemand(UserDict[str, Any]):
    """Commands by name, where to find them until they are asked for."""

    def __getitem__(self, name: str) -> Any:
        return _loaded(name, self.data[name])


class LazyGroup(TyperGroup):
    """A group of commands by name. Only its help, which quotes all of them, loads all."""

    places: ClassVar[Mapping[str, str]] = {}  # name to "module:function", or "module:app" for a group of its own

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = cast("Any", _OnDemand(self.places))


def _loaded(name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    found = getattr(import_module(module), attribute)
    around = typer.Typer(add_completion=False, rich_markup_mode="rich")
    around.callback()(lambda: None)  # else a single command would be taken for the whole program
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    return cast("TyperGroup", get_command(around)).commands[name]
