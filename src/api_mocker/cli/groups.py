"""Groups of commands: found when they are asked for, and named when they were misspelt.

The law of this file: asking for one command loads that command alone.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

__all__ = ["Folder", "Group"]


class Group(click.Group):
    """A group that names the nearest command when there is none of a name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that these arguments begin with."""
        if args[0].startswith("-") or self.get_command(ctx, args[0]) is not None:
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches  # only who errs pays for it

        names = dict(self._names(ctx))
        known = [name for name in names if name == args[0]] or get_close_matches(args[0], names, n=1)
        near = f". Did you mean {names[known[0]]!r}?" if known else ""
        raise click.UsageError(f"No such command {args[0]!r}{near or '.'}", ctx)

    def _names(self, ctx: click.Context) -> Iterator[tuple[str, str]]:
        """The names of the commands, those of groups below too, and how each is called from here."""
        for name in self.list_commands(ctx):
            found = self.get_command(ctx, name) if not isinstance(self, Folder) else None
            if isinstance(found, click.Group):
                yield from ((below, f"{name} {below}") for below in found.list_commands(ctx))
        yield from ((name, name) for name in self.list_commands(ctx))


class Folder(Group):
    """A group whose commands are the files of a package, each of which holds one as ``command``."""

    package: ModuleType

    @classmethod
    def of(cls, package: ModuleType) -> type[Folder]:
        """The class of the group whose commands are in this package."""
        return type("Folder", (cls,), {"package": package})

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """The names of all commands."""
        return sorted(found.name.replace("_", "-") for found in iter_modules(self.package.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"{self.package.__name__}.{cmd_name.replace('-', '_')}")
        return cast("click.Command", module.command)
