"""``api-mocker cassette migrate``: cassettes of older versions, brought to the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..arguments import FORMAT, PATHS, project, require_cassettes

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command(
    "migrate",
    epilog="""\b
Example:
  api-mocker cassette migrate --check""",
)
@PATHS
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when there is something to migrate.")
@FORMAT
def command(places: tuple[Path, ...], form: str, *, check: bool) -> None:
    """Rewrite cassettes of older versions of the format in the newest one.

    Each file is replaced in one step; what needs no upgrade keeps its bytes, comments included, and
    a cassette of the newest version is not touched. Older versions are read all the same, so there
    is no hurry.

    Without PATH, in the project's cassette folder.
    """
    from ..._storage.schema import VERSION
    from ...exceptions import CassetteUnreadable
    from ...maintain.migrate import migrate
    from ...maintain.overview import is_meant_to_be_one
    from .. import check_page
    from ..terminal import console, followed

    there = project(places)
    done, others, broken = [], [], False
    for path in followed(there.paths, "migrating", len(there.paths)):
        try:
            migrated = migrate(path, there.root, write=not check)
        except CassetteUnreadable as error:
            if is_meant_to_be_one(path, there.folder):
                click.echo(f"Error: {error}", err=True)
                broken = True
            else:
                others.append(path)
            continue
        done += [migrated] if migrated is not None else []
    checked = len(there.paths) - len(others)
    if form == "json":
        left = [path.as_posix() for path in others]
        click.echo(check_page.migrate_json(done, VERSION, checked, left, wrote=not check))
    else:
        check_page.migrate(console(), done, VERSION, checked, wrote=not check)
    require_cassettes(places, others)
    if broken:
        raise click.exceptions.Exit(2)
    if check and done:
        raise click.exceptions.Exit(1)
