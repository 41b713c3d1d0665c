"""A click group that imports a command's module only once that command is chosen."""

from __future__ import annotations

import gc
import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from autograder.cli.signals import end_at_signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class LazyGroup(click.Group):
    """A group whose commands are known by name and by one line of help until one is chosen.

    click lists, completes and suggests them from these; what a command needs is imported with its
    own module, when it is run or its own ``--help`` is asked for.

    Parameters
    ----------
    name : str, optional
        The group's own.
    modules : mapping of str to (str, str)
        By a command's name, the module that defines it, there called ``command``, and the first
        line of its help.
    **settings : object
        What `click.Group` takes besides.
    """

    def __init__(
        self, name: str | None = None, *, modules: Mapping[str, tuple[str, str]], **settings: Any
    ) -> None:
        known = [click.Command(one, short_help=line) for one, (_, line) in modules.items()]
        super().__init__(name, known, **settings)
        self._modules = {one: module for one, (module, _) in modules.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the commands' names in the order in which they were given."""
        return list(self._modules)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that was named, imported, and what is left of the arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None:
            with frozen_imports():
                command = importlib.import_module(self._modules[name]).command
        return name, command, rest


@contextmanager
def frozen_imports() -> Iterator[None]:
    """Import for good: never look for garbage in what the block makes, and end at a signal."""
    gc.disable()
    try:
        with end_at_signals():
            yield
    finally:
        gc.freeze()
        gc.enable()
