"""``api-mocker cassette``: looking at cassettes and taking care of them.

The law of this file: a command is a file in ``cassette_commands`` and is loaded when it is asked for. It
reads its arguments, asks `maintain`, and hands the answer to a page; exit code 0 means nothing to
say, 1 findings, 2 trouble.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import cast

import click

from . import cassette_commands

__all__ = ["cassette"]


class _Folder(click.Group):
    """A group whose commands are the files of a folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """The names of all commands."""
        return sorted(found.name.replace("_", "-") for found in iter_modules(cassette_commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"{cassette_commands.__name__}.{cmd_name.replace('-', '_')}")
        return cast("click.Command", module.command)


@click.group(cls=_Folder)
def cassette() -> None:
    """Look at cassettes and take care of them."""
