"""The command line: ``api-mocker``.

The law of this file: no command loads an HTTP client, none shows a traceback for a user's mistake,
and what one command needs is loaded by that command alone.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import click

from ..exceptions import ApiMockerError
from .cassette import cassette
from .config import config
from .groups import Group
from .terminal import degrade

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["give_up_output", "main"]

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Program(Group):
    """The whole program: trouble ends it in one message and exit code 2."""

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> Any:  # type: ignore[override]  # Any: as click
        """Runs the program; never returns unless told to (click's ``standalone_mode``)."""
        try:
            _require_output()
            degrade()
            try:
                return super().main(args, **extra)
            finally:
                _flush()
        except ApiMockerError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)
        except OSError as error:
            what = "the output cannot be written" if error.filename is None else error.filename
            click.echo(f"Error: {what}: {error.strerror or error}", err=True)
            give_up_output()
            sys.exit(2)


def _require_output() -> None:
    if cast("object", sys.stdout) is None:  # it was closed before we began
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _flush() -> None:
    """Whatever cannot be written is said here, where it is caught, and not when Python ends."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read has seen enough
        give_up_output()


def give_up_output() -> None:
    """Python flushes once more when it ends; what is left goes nowhere."""
    with suppress(OSError, AttributeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(
    cls=_Program,
    context_settings=_CONTEXT,
    epilog="""\b
Example:
  api-mocker cassette check""",
)
@click.version_option(package_name="api-mocker", prog_name="api-mocker")
def main() -> None:
    """Record what code says to HTTP services once, and replay it for ever."""


main.add_command(cassette)
main.add_command(config)
