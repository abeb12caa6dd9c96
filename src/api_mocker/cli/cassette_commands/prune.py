"""``api-mocker cassette prune``: what no test uses goes, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..arguments import FORMAT, PAGER, PATHS, from_here, project, require_cassettes

if TYPE_CHECKING:
    from datetime import timedelta

    from ...maintain.prune import Plan

__all__ = ["command"]


def _duration(_: click.Context, __: click.Parameter, given: str | None) -> timedelta | None:
    from ..._core.age import duration

    try:
        return None if given is None else duration(given)
    except ValueError as error:
        raise click.BadParameter(f"{given!r} is not {error}") from None


@click.command(
    "prune",
    epilog="""\b
Example:
  api-mocker cassette prune
  api-mocker cassette prune --write
  api-mocker cassette prune --ledger shard-1.json --ledger shard-2.json --check""",
)
@PATHS
@click.option(
    "--ledger", "ledgers", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
    help="What a run of the tests played (pytest --cassette-ledger=FILE); may be given more than once, for a run "
    "in several parts.  [default: that of the last whole run, in pytest's cache]",
)  # fmt: skip
@click.option("--write", is_flag=True, help="Do it; without this, nothing is changed.")
@click.option("--check", is_flag=True, help="Exit with 1 when there is something to prune.")
@click.option(
    "--duplicates", is_flag=True,
    help='Also drop exact duplicates that another recording answers for (repeat = "last" or "cycle").',
)  # fmt: skip
@click.option(
    "--older-than", "limit", metavar="AGE", callback=_duration,
    help="Also drop what was recorded longer ago than this, such as 90d, be it used or not.",
)  # fmt: skip
@FORMAT
@PAGER
def command(
    places: tuple[Path, ...],
    ledgers: tuple[Path, ...],
    limit: timedelta | None,
    form: str,
    *,
    write: bool,
    check: bool,
    duplicates: bool,
    pager: bool,
) -> None:
    """Remove interactions that no test plays, cassettes that no test owns, and what lies about beside them.

    What the tests play is in the ledger that every run of pytest leaves. Only what a run of all tests
    proves unused goes; whatever a test that failed, was skipped or deselected may play stays, and so
    does a file that was changed after the run; each with the reason. What stays keeps its bytes.

    Shows what would go and changes nothing, unless told to --write. Without PATH, looks at the project's
    cassette folder.
    """
    from .. import prune_page
    from ..terminal import page

    if write and check:
        raise click.UsageError("--write and --check exclude each other: with --check, nothing is changed")
    root, made = _planned(places, ledgers, limit, check=check, duplicates=duplicates)
    if write:
        _carry_out(made, root)
    if form == "json":
        click.echo(prune_page.as_json(made, wrote=write))
    else:
        with page(pager=pager) as console:
            prune_page.as_text(console, made, wrote=write)
    for error in made.broken:
        click.echo(f"Error: {error}", err=True)
    require_cassettes(places, made.others)
    if made.broken:
        raise click.exceptions.Exit(2)
    if check and made:
        raise click.exceptions.Exit(1)


def _planned(
    places: tuple[Path, ...],
    given: tuple[Path, ...],
    limit: timedelta | None,
    *,
    check: bool,
    duplicates: bool,
) -> tuple[Path, Plan]:
    from datetime import UTC, datetime

    from ..._core.canonical import Ignore
    from ..._core.matching import Matching
    from ..._storage import ledger
    from ..._storage.pytest_cache import last_ledger
    from ...maintain.evidence import Evidence
    from ...maintain.prune import Wish, plan
    from ..terminal import followed

    there = project(places)
    found = last_ledger(there.root) if not given else None
    files = given or ((found,) if found is not None else ())
    if check and not files:
        raise click.UsageError("there is no ledger of a run of the tests; run all of them:  pytest")
    evidence = Evidence([ledger.load(file) for file in files], there.root, there.folder)
    config = there.config
    wish = Wish(
        datetime.now(UTC),
        Matching(config.match_on),
        Ignore.parse(config.ignore),
        limit,
        duplicates=duplicates,
    )
    paths = sorted(there.paths, key=lambda path: path.is_symlink())  # what a link points to comes first
    where = places or (from_here(there.folder),)
    return there.root, plan(
        followed(paths, "looking", len(paths)), evidence, wish, places=where, folder=there.folder
    )


def _carry_out(made: Plan, root: Path) -> None:
    from ...maintain.prune import carry_out
    from ..terminal import followed

    steps = len(made.cuts) + len(made.leftovers)
    done = {*map(id, followed(carry_out(made, root), "removing", steps))}
    made.leftovers = [left for left in made.leftovers if id(left) in done]
