"""``api-mocker cassette diff``: what became of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..arguments import from_here

if TYPE_CHECKING:
    from ...maintain.diffing import Report

__all__ = ["command"]

_FORMATS = ["text", "json", "markdown"]


class _Command(click.Command):
    """A command that knows what stood behind ``--``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Sets the paths aside that no revision can be mistaken for."""
        if "--" in args:
            at = args.index("--")
            ctx.meta["paths"] = args[at + 1 :]
            args = args[:at]
        return super().parse_args(ctx, args)


@click.command(
    "diff",
    cls=_Command,
    epilog="""\b
Example:
  api-mocker cassette diff cassettes/test_checkout
  api-mocker cassette diff main..HEAD -- cassettes
  api-mocker cassette diff --format markdown origin/main...HEAD""",
)
@click.argument("operands", metavar="[A B | A | REV [-- PATH...] | REV..REV [-- PATH...]]", nargs=-1)
@click.option("--all", "noise", is_flag=True, help="Show noise, too: what changes with every recording.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="PATH",
    help="What may differ, besides the project's: json:$.id, query:ts, form:nonce, header:x-date. Repeatable.",
)
@click.option("--shape", is_flag=True, help="Compare structure alone: keys, types, status.")
@click.option("--stat", is_flag=True, help="Show how many interactions changed in each file, and no more.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="How to print it.",
)
@click.pass_context
def command(
    ctx: click.Context,
    operands: tuple[str, ...],
    ignore: tuple[str, ...],
    form: str,
    *,
    noise: bool,
    shape: bool,
    stat: bool,
) -> None:
    """Show what became of recordings: interactions added, removed, changed and moved.

    A and B are cassettes or folders of them. A alone is compared with what HEAD has of it; REV is
    the commit to compare with in its place, REV..REV are two commits, REV...REV what the second did
    since it left the first. Without any, the project's cassettes are compared with HEAD.

    Exits with 0 where nothing or only noise differs, 1 where something does, and 2 where a file
    cannot be read.
    """
    from ..._config import read_project
    from ..._core.canonical import Ignore
    from ..._session import Session, project_root
    from ...maintain.compare import How
    from ...maintain.diffing import diff_files
    from ..operands import pairs_of
    from ..progress import progress

    root = project_root(Path.cwd())
    config = read_project(root)
    how = How(Ignore.parse((*config.ignore, *ignore)), shape)
    pairs = pairs_of(operands, ctx.meta.get("paths"), from_here(root / config.cassette_dir))
    with progress() as watch:
        report = diff_files(pairs, how, watch, Session(root).rules(config))
    _print(report, form, noise=noise, stat=stat)
    if report.errors:
        ctx.exit(2)
    ctx.exit(1 if report.differs else 0)


def _print(report: Report, form: str, *, noise: bool, stat: bool) -> None:
    from ..changes import one_line

    if form == "json":
        from ..diff_json import diff_json

        click.echo(diff_json(report, noise=noise, stat=stat))
    elif form == "markdown":
        from ..diff_markdown import diff_markdown

        click.echo(diff_markdown(report, noise=noise, stat=stat), nl=False)
    else:
        from ..diff_text import diff_text, stat_text
        from ..terminal import page

        with page() as out:
            width = out.width if out.is_terminal else None
            for part in stat_text(report) if stat else diff_text(report, noise=noise, width=width):
                out.print(part, soft_wrap=not out.is_terminal)
    for path in report.strangers:
        click.echo(f"{one_line(path)}: no cassette, left alone", err=True)
    for error in report.errors:
        click.echo(f"Error: {one_line(error)}", err=True)
