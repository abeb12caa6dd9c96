"""``api-mocker cassette git-driver``: what Git calls, once ``git-setup`` has told it to.

The law of this file: Git is never stopped. What is no cassette, or a broken one, is compared and merged as
the text that it is; a driver that dies would take ``git diff`` with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..arguments import rules_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...maintain.diffing import Report
    from ...maintain.sources import Source

__all__ = ["command"]

_FAILED = 255  # to Git, a driver that failed; any number up to 128 is a conflict
_NOWHERE = (os.devnull, "/dev/null", "nul")


@click.group("git-driver", hidden=True)
def command() -> None:
    """Compare and merge for Git, which calls this once git-setup was run."""


_RAW = {
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
}  # a path may begin as an option does


@command.command(
    "diff",
    context_settings=_RAW,
    epilog="""\b
Example:
  api-mocker cassette git-driver diff cassettes/a.yaml old.yaml 1f2e3d 100644 new.yaml 4c5b6a 100644""",
)
@click.argument("path")
@click.argument("rest", nargs=-1)
def diff(path: str, rest: tuple[str, ...]) -> None:
    """Show a change, called as GIT_EXTERNAL_DIFF is: path, old file, hash and mode, new ones."""
    from ..._core.canonical import Ignore
    from ...maintain.compare import How
    from ...maintain.diffing import Report, diff_files
    from ...maintain.sources import Pair
    from .. import give_up_output
    from ..changes import one_line
    from ..progress import Progress

    if len(rest) < 6:
        click.echo(f"* Unmerged path {one_line(path)}")
        return
    old, new, *renamed = rest[0], rest[3], *rest[6:7]
    before, after = (None if file in _NOWHERE else _source(file, path) for file in (old, new))
    name = f"{path} -> {renamed[0]}" if renamed else path
    pair = Pair(name, before, after, named=True)
    try:
        config, rules = rules_around(Path.cwd().joinpath(path).parent)
        report = diff_files([pair], How(Ignore.parse(config.ignore)), Progress(), rules)
        trouble = "".join(report.errors[:1])
    except Exception as error:  # noqa: BLE001  # whatever it is, Git goes on
        report, trouble = Report(), f"{path}: {error!r}"
    try:
        if trouble:
            click.echo(f"{one_line(trouble)}; as text:")
            _as_text(old, new)
        else:
            _print(report)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # the pager was left; rich and click would tell Git of a failure
        give_up_output()


def _print(report: Report) -> None:
    from ..diff_text import diff_text
    from ..terminal import console

    out = console(colour=_coloured())
    for part in diff_text(report, noise=False, width=None):
        out.print(part, soft_wrap=True)


@command.command(
    "text",
    context_settings=_RAW,
    epilog="""\b
Example:
  api-mocker cassette git-driver text cassettes/a.yaml""",
)
@click.argument("file", type=click.Path(path_type=Path))
def text(file: Path) -> None:
    """Print a cassette as a text without noise, for Git to compare line by line."""
    from ...maintain.quiet import quiet
    from ...maintain.sources import read_own

    try:
        written = quiet(read_own(_source(os.fspath(file), ""))).encode("utf-8", "backslashreplace")
    except Exception:  # noqa: BLE001  # whatever it is, Git goes on
        written = file.read_bytes()
    sys.stdout.buffer.write(written)


@command.command(
    "merge",
    context_settings=_RAW,
    epilog="""\b
Example:
  api-mocker cassette git-driver merge base.yaml ours.yaml theirs.yaml""",
)
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("ours", type=click.Path(path_type=Path))
@click.argument("theirs", type=click.Path(path_type=Path))
@click.argument("size", type=int, default=7)
@click.argument("path", default="")
@click.argument("labels", nargs=-1)
def merge(base: Path, ours: Path, theirs: Path, size: int, path: str, labels: tuple[str, ...]) -> None:
    """Merge two branches' recordings into OURS; exits with 1 where both changed the same interaction."""
    from ..._storage.replacing import write_file
    from ...maintain.merge import Labels, merge
    from ...maintain.sources import Recording, read_own
    from ..changes import one_line

    try:
        before = read_own(_source(os.fspath(base), path)) if base.stat().st_size else Recording(None, ())
        here, there = (read_own(_source(os.fspath(file), path)) for file in (ours, theirs))
        merged = merge(before, here, there, Labels(*_labels(labels), size))
    except Exception as error:  # noqa: BLE001  # a merge that is not made would look like one that took our side
        click.echo(f"{one_line(str(error).partition(chr(10))[0])}; merged line by line", err=True)
        raise click.exceptions.Exit(_merged_as_text([base, ours, theirs], size)) from None
    try:
        write_file(ours.resolve(), [merged.content])
    except OSError as error:
        click.echo(f"{one_line(path)} cannot be written: {error.strerror}", err=True)
        raise click.exceptions.Exit(_FAILED) from None
    raise click.exceptions.Exit(1 if merged.conflicts else 0)


def _labels(given: tuple[str, ...]) -> tuple[str, str]:
    """What Git calls both sides; before release 2.44 it does not say, and leaves ``%X`` as it is."""
    ours, theirs, *_ = (*given, "", "")
    known = not any(label.startswith("%") for label in given)
    return (ours if known and ours else "ours"), (theirs if known and theirs else "theirs")


def _source(file: str, path: str) -> Source:
    """A file that Git made for us; its bodies lie beside the file at `path`, or in a commit."""
    from ...maintain.sources import Source, on_disk

    made = on_disk(Path(file), path or file)
    return Source(made.path, made.name, made.content, _Bodies(path))


class _Bodies:
    """Bodies beside a cassette: where it is checked out, else where a commit has them, else their hash alone."""

    def __init__(self, path: str) -> None:
        self._folder = Path(path).parent if path else None  # for textconv, Git does not say

    def __call__(self, name: str, digest: str) -> bytes:
        from ..._storage.git import Repository
        from ..._storage.schema import SchemaError
        from ...exceptions import UsageError
        from ...maintain.sources import checked

        def contents(place: Path) -> Iterator[bytes]:
            with suppress(OSError):
                yield place.read_bytes()
            with suppress(UsageError):
                yield from Repository(Path.cwd()).anywhere(place.as_posix())

        for content in contents(self._folder / name) if self._folder is not None else ():
            with suppress(SchemaError):
                return checked(content, name, digest)
        return f"(a body in a file, sha256 {digest})".encode()


def _coloured() -> bool | None:
    """Whether Git would colour what it shows itself; None where the output decides."""
    if os.environ.get("NO_COLOR"):
        return False
    watched = sys.stdout.isatty() or bool(os.environ.get("GIT_PAGER_IN_USE"))
    asked = ["git", "config", "--get-colorbool", "color.diff", str(watched).lower()]
    done = subprocess.run(asked, capture_output=True, check=False)  # noqa: S603  # git, which called us
    return done.stdout.strip() == b"true" if done.returncode in (0, 1) else None


def _as_text(old: str, new: str) -> None:
    from ..._core.explain import printable

    asked = ["git", "diff", "--no-index", "--no-ext-diff", "--no-textconv", "--", old, new]
    done = subprocess.run(asked, capture_output=True, check=False)  # noqa: S603  # as above
    click.echo(printable(done.stdout.decode("utf-8", "replace")), nl=False)


def _merged_as_text(files: list[Path], size: int) -> int:
    base, ours, theirs = map(os.fspath, files)
    asked = ["git", "merge-file", f"--marker-size={size}", "-L", "ours", "-L", "base", "-L", "theirs"]
    done = subprocess.run([*asked, ours, base, theirs], check=False)  # noqa: S603  # as above
    return 1 if done.returncode else 0
