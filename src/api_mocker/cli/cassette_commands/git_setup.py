"""``api-mocker cassette git-setup``: Git compares and merges cassettes by what they mean."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from ..arguments import from_here

__all__ = ["command"]


@click.command(
    "git-setup",
    epilog="""\b
Example:
  api-mocker cassette git-setup""",
)
@click.argument("folders", metavar="[DIR]...", nargs=-1, type=click.Path(path_type=Path))
def command(folders: tuple[Path, ...]) -> None:
    """Teach Git to compare and to merge cassettes by what they mean.

    Writes .gitattributes beside pyproject.toml (commit it) for the project's cassette folder or those
    named, and into .git/config (everybody runs this once) the programs that it names. Afterwards git
    diff, git log -p and git show tell what changed, and git merge merges interaction by interaction.
    """
    from ..._config import read_project
    from ..._session import project_root
    from ..._storage.git import Repository
    from ..._storage.replacing import write_file
    from ...exceptions import UsageError
    from ...maintain import git_setup

    root = project_root(Path.cwd())
    repository = Repository(root)
    found = folders or (root / read_project(root).cassette_dir,)
    home = root
    if not all(folder.resolve().is_relative_to(root.resolve()) for folder in found):
        home = repository.top
    try:
        names = [git_setup.folder_name(folder, home) for folder in found]
    except ValueError:
        raise UsageError(f"the cassettes lie outside the repository {repository.top}") from None
    path = home / ".gitattributes"
    old = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
    new = git_setup.with_lines(old, git_setup.attribute_lines(names))
    if new != old:
        write_file(path.resolve(), [new.encode("utf-8", "surrogateescape")])
    program = f"{shlex.quote(Path(sys.executable).as_posix())} -P -m api_mocker"
    git_setup.configure(repository, git_setup.settings(program))
    click.echo(f"{from_here(path)}: {'written' if new != old else 'as it has to be'}")
    click.echo(
        "git diff, git log -p and git show now tell what changed in cassettes, and git merge merges them"
    )
