"""``api-mocker cassette check``: whether cassettes are sound, without running a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..arguments import FORMAT, LEAVE_OTHERS, PAGER, PATHS, project, require_cassettes

if TYPE_CHECKING:
    from pathlib import Path

    from ...maintain.check import Report
    from ..arguments import Project

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
  api-mocker cassette check --skip volatile cassettes/test_login
  api-mocker cassette check --secrets""",
)
@PATHS
@click.option(
    "--skip", multiple=True, type=click.Choice(_RULES), metavar="RULE",
    help="Do not look for this; may be given more than once.",
)  # fmt: skip
@click.option(
    "--secrets", is_flag=True,
    help="Look for secrets that are left, and for nothing else; none is printed.",
)  # fmt: skip
@LEAVE_OTHERS
@FORMAT
@PAGER
def command(
    places: tuple[Path, ...],
    skip: tuple[str, ...],
    form: str,
    *,
    secrets: bool,
    leave_others: bool,
    pager: bool,
) -> None:
    """Look for everything that can be wrong with cassettes without running a test.

    That is: files that cannot be read, bodies that are not restored, broken placeholders, values that
    change from run to run where requests are compared, answers of a service that was not well, what
    is older than max_age, names that collide, and cassettes whose test is gone. Options are those
    of the project around the working directory. With --secrets, instead, for secrets that are left:
    by names, by forms, and by the values that are known here (environment, .env files); then also in the
    recordings of other tools: vcrpy, betamax, cassetter, and HTTP archives (HAR).

    Without PATH, in the project's cassette folder. Exits with 1 when it found something.
    """
    from .. import check_page
    from ..terminal import page

    if secrets and skip:
        raise click.UsageError("--secrets looks for secrets only: there is nothing to --skip")
    there = project(places, foreign=secrets)
    report = _secrets(there) if secrets else _all(there, skip)
    kept = there.config.redact.get("keep", ()) if secrets else ()
    if form == "json":
        click.echo(check_page.check_json(report, kept))
    else:
        with page(pager=pager) as console:
            check_page.check(console, report, kept)
    require_cassettes(places, report.others, leave=leave_others)
    if report.findings:
        raise click.exceptions.Exit(1)


def _all(there: Project, skip: tuple[str, ...]) -> Report:
    from datetime import UTC, datetime

    from ...maintain.check import check
    from ..terminal import followed

    return check(
        followed(there.paths, "checking", len(there.paths)),
        config=there.config,
        root=there.root,
        now=datetime.now(UTC),
        folder=there.folder,
        skip=skip,
    )


def _secrets(there: Project) -> Report:
    from ..._session import Session
    from ...maintain.secrets import check_secrets
    from ..terminal import followed

    rules = Session(there.root).rules(there.config)
    return check_secrets(followed(there.paths, "looking", len(there.paths)), rules, there.folder)
