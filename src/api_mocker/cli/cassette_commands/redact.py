"""``api-mocker cassette redact``: what is left of secrets in cassettes is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..arguments import FORMAT, LEAVE_OTHERS, PAGER, PATHS, project, require_cassettes

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command(
    "redact",
    epilog="""\b
Example:
  api-mocker cassette redact
  api-mocker cassette redact --write cassettes/test_login""",
)
@PATHS
@click.option("--write", is_flag=True, help="Do it; without this, nothing is changed.")
@click.option("--check", is_flag=True, help="Exit with 1 when there is something to hide.")
@LEAVE_OTHERS
@FORMAT
@PAGER
def command(
    places: tuple[Path, ...], form: str, *, write: bool, check: bool, leave_others: bool, pager: bool
) -> None:
    """Hide the secrets that are left in cassettes: recorded by an older version, or before a rule was made.

    Each is replaced by a placeholder, as recording does it, with the rules of the project and the values
    that are known by now (environment, .env files). A cassette is replaced in one step, with the bodies
    beside it; interactions without a secret keep their bytes. What Git has seen is to be revoked, too.

    So are those in the recordings of other tools: vcrpy, betamax, cassetter, and HTTP archives (HAR). Such
    a file keeps its format, and all but the values that are hidden; where one cannot be hidden in place,
    the file is named, stays as it was, and the exit code is 2.

    Shows what would be hidden and changes nothing, unless told to --write. Without PATH, looks at the
    project's cassette folder.
    """
    from ..._session import Session
    from ...exceptions import CassetteError
    from ...maintain.secrets import is_recording, redact
    from .. import secrets_page
    from ..terminal import followed, page

    there = project(places, foreign=True)
    rules = Session(there.root).rules(there.config)
    done, others, broken = [], [], False
    for path in followed(there.paths, "redacting", len(there.paths)):
        try:
            done.append(redact(path, there.root, rules, write=write))
        except CassetteError as error:
            if not is_recording(error, path, there.folder):
                others.append(path)
                continue
            click.echo(f"Error: {error}", err=True)
            broken = True
    if form == "json":
        click.echo(secrets_page.redact_json(done, others, wrote=write))
    else:
        with page(pager=pager) as console:
            secrets_page.redact(console, done, wrote=write)
    require_cassettes(places, others, leave=leave_others)
    if broken:
        raise click.exceptions.Exit(2)
    if check and any(one.is_changed for one in done):
        raise click.exceptions.Exit(1)
