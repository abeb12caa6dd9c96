"""``api-mocker cassette list``: what there is."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import FORMAT, from_here

__all__ = ["command"]


@click.command(
    "list",
    epilog="""\b
Example:
  api-mocker cassette list cassettes""",
)
@click.argument("places", metavar="[DIR]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@FORMAT
def command(places: tuple[Path, ...], form: str) -> None:
    """List cassettes with their tests, interactions, hosts, sizes and ages.

    Without DIR, those of the project's cassette folder. YAML files that are no cassettes are named
    and left alone. Exits with 1 when a cassette cannot be read, or when a file in the cassette
    folder is empty or no text.
    """
    from ..._config import read_project
    from ..._session import project_root
    from ...maintain.overview import overviews
    from .. import pages

    root = project_root(Path.cwd())
    folder = root / read_project(root).cassette_dir
    if not places:
        places = (from_here(folder),)
        if not folder.is_dir():
            raise click.UsageError(f"there is no cassette folder {places[0]}")
    found, others = overviews(places, folder)
    if form == "json":
        click.echo(pages.list_json(found, others))
    else:
        pages.list_(found, others)
    if any(item.error for item in found):
        raise click.exceptions.Exit(1)
