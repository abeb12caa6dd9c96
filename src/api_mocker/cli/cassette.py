"""``api-mocker cassette``: looking at cassettes and taking care of them.

The law of this file: a command is a file in ``cassette_commands`` and is loaded when it is asked for. It
reads its arguments, asks `maintain`, and hands the answer to a page; exit code 0 means nothing to
say, 1 findings, 2 trouble.
"""

from __future__ import annotations

import click

from . import cassette_commands
from .groups import Folder

__all__ = ["cassette"]


@click.group(
    cls=Folder.of(cassette_commands),
    epilog="""\b
Example:
  api-mocker cassette list""",
)
def cassette() -> None:
    """Look at cassettes and take care of them."""
