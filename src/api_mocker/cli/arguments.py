"""What several commands take, and how they say a path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._config import Config
    from .._core.redaction import Rules

__all__ = [
    "FORMAT",
    "LEAVE_OTHERS",
    "PAGER",
    "PATHS",
    "Project",
    "from_here",
    "project",
    "require_cassettes",
    "rules_around",
]

FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)

PAGER = click.option(
    "--pager/--no-pager", default=True, show_default=True, help="Page what is longer than the terminal."
)

LEAVE_OTHERS = click.option(
    "--leave-others",
    is_flag=True,
    help="Leave a file alone that was named and is no recording, as those in folders are.",
)

PATHS = click.argument("places", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path, exists=True))


class Project(NamedTuple):
    """The project around the working directory, its cassette folder, and the files to look at."""

    root: Path
    config: Config
    folder: Path
    paths: list[Path]


def project(places: Sequence[Path], *, foreign: bool = False) -> Project:
    """The files at these places, or else in the cassette folder; UsageError where there is none.

    With `foreign`, those of other tools, too.
    """
    from .._config import read_project
    from .._session import project_root
    from ..maintain.overview import cassette_files

    root = project_root(Path.cwd())
    config = read_project(root)
    folder = root / config.cassette_dir
    if not places:
        places = (from_here(folder),)
        if not folder.is_dir():
            raise click.UsageError(f"there is no cassette folder {places[0]}")
    return Project(root, config, folder, [*dict.fromkeys(cassette_files(places, foreign=foreign))])


def rules_around(place: Path) -> tuple[Config, Rules]:
    """Options and redaction rules of the project around a folder; the defaults where its options are a mistake.

    For who only shows something: the mistake is said elsewhere.
    """
    from .._config import Config
    from .._session import Session, project_root
    from ..exceptions import UsageError

    session = Session(project_root(place))
    try:
        return session.config, session.rules(session.config)
    except UsageError:
        return Config(), session.rules(Config())


def require_cassettes(places: Iterable[Path], others: Sequence[Path], *, leave: bool = False) -> None:
    """A file that was named itself has to be a cassette; what a folder holds besides is left alone, and said.

    With `leave`, so is one that was named.
    """
    from .terminal import path_text

    given = {place for place in places if place.is_file()}
    for other in others:
        click.echo(f"{path_text(other)}: no cassette, left alone", err=True)
    if given & {*others} and not leave:
        raise click.exceptions.Exit(2)


def from_here(path: Path) -> Path:
    """The path as it is shortest to say."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
