"""``api-mocker cassette show``: the flow that a cassette holds."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import FORMAT

__all__ = ["command"]


@click.command(
    "show",
    epilog="""\b
Example:
  api-mocker cassette show cassettes/test_checkout/test_happy_path.yaml""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--bodies/--no-bodies", default=True, show_default=True, help="Show the bodies, long ones folded."
)
@FORMAT
def command(file: Path, form: str, *, bodies: bool) -> None:
    """Show the flow that a cassette holds: who was asked what, in which order, and what came back."""
    from ..._storage.files import CassetteFile
    from .. import pages

    opened = CassetteFile(file)
    entries = list(opened.entries())
    if form == "json":
        click.echo(pages.show_json(opened, entries))
    else:
        pages.show(opened, entries, bodies=bodies)
