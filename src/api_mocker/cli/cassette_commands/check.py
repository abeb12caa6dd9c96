"""``api-mocker cassette check``: whether cassettes are sound, without running a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..arguments import FORMAT, PAGER, PATHS, project, require_cassettes

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]

_RULES = (
    *("unreadable", "schema", "body", "placeholder", "volatile", "transient", "expired", "collision"),
    "owner",
)
"""The names of `maintain.check.RULES`, here so that help loads none of it; a test holds the two together."""


@click.command(
    "check",
    epilog="""\b
Example:
  api-mocker cassette check
  api-mocker cassette check --skip volatile cassettes/test_login""",
)
@PATHS
@click.option(
    "--skip", multiple=True, type=click.Choice(_RULES), metavar="RULE",
    help="Do not look for this; may be given more than once.",
)  # fmt: skip
@FORMAT
@PAGER
def command(places: tuple[Path, ...], skip: tuple[str, ...], form: str, *, pager: bool) -> None:
    """Look for everything that can be wrong with cassettes without running a test.

    That is: files that cannot be read, bodies that are not restored, broken placeholders, values that
    change from run to run where requests are compared, answers of a service that was not well, what
    is older than max_age, names that collide, and cassettes whose test is gone. Options are those
    of the project around the working directory.

    Without PATH, in the project's cassette folder. Exits with 1 when it found something.
    """
    from datetime import UTC, datetime

    from ...maintain.check import check
    from .. import check_page
    from ..terminal import followed, page

    there = project(places)
    report = check(
        followed(there.paths, "checking", len(there.paths)),
        config=there.config,
        root=there.root,
        now=datetime.now(UTC),
        folder=there.folder,
        skip=skip,
    )
    if form == "json":
        click.echo(check_page.check_json(report))
    else:
        with page(pager=pager) as console:
            check_page.check(console, report)
    require_cassettes(places, report.others)
    if report.findings:
        raise click.exceptions.Exit(1)
