"""``api-mocker cassette``: looking at cassettes and taking care of them.

The law of this file: a command reads its arguments, asks `maintain`, and hands the answer to a page
of `pages`; exit code 0 means nothing to say, 1 findings, 2 trouble.
"""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["cassette"]

_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)


@click.group()
def cassette() -> None:
    """Look at cassettes and take care of them."""


@cassette.command(
    epilog="""\b
Example:
  api-mocker cassette show cassettes/test_checkout/test_happy_path.yaml"""
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--bodies/--no-bodies", default=True, show_default=True, help="Show the bodies, long ones folded."
)
@_FORMAT
def show(file: Path, form: str, *, bodies: bool) -> None:
    """Show the flow that a cassette holds: who was asked what, in which order, and what came back."""
    from .._storage.files import CassetteFile
    from . import pages

    opened = CassetteFile(file)
    entries = list(opened.entries())
    if form == "json":
        click.echo(pages.show_json(opened, entries))
    else:
        pages.show(opened, entries, bodies=bodies)


@cassette.command(
    "list",
    epilog="""\b
Example:
  api-mocker cassette list cassettes""",
)
@click.argument("places", metavar="[DIR]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@_FORMAT
def list_(places: tuple[Path, ...], form: str) -> None:
    """List cassettes with their tests, interactions, hosts, sizes and ages.

    Without DIR, those of the project's cassette folder. YAML files that are no cassettes are named
    and left alone. Exits with 1 when a cassette cannot be read, or when a file in the cassette
    folder is empty or no text.
    """
    from .._config import read_project
    from .._session import project_root
    from ..maintain.overview import overviews
    from . import pages

    root = project_root(Path.cwd())
    folder = root / read_project(root).cassette_dir
    if not places:
        places = (_from_here(folder),)
        if not folder.is_dir():
            raise click.UsageError(f"there is no cassette folder {places[0]}")
    found, others = overviews(places, folder)
    if form == "json":
        click.echo(pages.list_json(found, others))
    else:
        pages.list_(found, others)
    if any(item.error for item in found):
        raise click.exceptions.Exit(1)


def _from_here(path: Path) -> Path:
    """The path as it is shortest to say."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
