"""The command line: ``api-mocker``.

The law of this file: no command loads an HTTP client, none shows a traceback for a user's mistake,
and what one command needs is loaded by that command alone.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from ..exceptions import ApiMockerError
from .cassette import cassette

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Program(click.Group):
    """The whole program: an error made for people ends it in one message and exit code 2."""

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> Any:  # type: ignore[override]  # Any: as click
        """Runs the program; never returns unless told to (click's ``standalone_mode``)."""
        try:
            return super().main(args, **extra)
        except ApiMockerError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)


@click.group(cls=_Program, context_settings=_CONTEXT)
@click.version_option(package_name="api-mocker", prog_name="api-mocker")
def main() -> None:
    """Record what code says to HTTP services once, and replay it for ever."""


main.add_command(cassette)
