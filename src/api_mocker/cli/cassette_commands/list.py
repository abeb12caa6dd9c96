"""``api-mocker cassette list``: what there is."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import FORMAT, PAGER, project

__all__ = ["command"]


@click.command(
    "list",
    epilog="""\b
Example:
  api-mocker cassette list cassettes --sort size""",
)
@click.argument("places", metavar="[DIR]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--sort", type=click.Choice(["name", "size", "age", "interactions"]), default="name", show_default=True,
    help="What comes first: the first name, the largest, the oldest, the one with the most interactions.",
)  # fmt: skip
@FORMAT
@PAGER
def command(places: tuple[Path, ...], sort: str, form: str, *, pager: bool) -> None:
    """List cassettes with their tests, interactions, hosts, sizes and ages.

    Below them stand the largest bodies, and interactions that were recorded more than once, in one
    file or in several.

    Without DIR, those of the project's cassette folder. YAML files that are no cassettes are named
    and left alone. Exits with 1 when a cassette cannot be read, or when a file in the cassette
    folder is empty or no text.
    """
    from ...maintain.inventory import inventory
    from .. import list_page
    from ..terminal import followed, page

    there = project(places)
    paths = followed(there.paths, "reading", len(there.paths))
    found = inventory(paths, there.folder, sort=sort)
    if form == "json":
        click.echo(list_page.list_json(found))
    else:
        with page(pager=pager) as console:
            list_page.list_(console, found)
        list_page.complain(found)
    if any(item.error for item in found.cassettes):
        raise click.exceptions.Exit(1)
