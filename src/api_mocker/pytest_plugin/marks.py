"""From a test to its cassette: what the markers say, and where the file is.

The law of this file: markers merge, the closest wins, and a mistake in one is shown as its text
alone, at the test that bears it.
"""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from ..exceptions import ApiMockerError, CassetteError, UsageError, shown, visible
from .names import told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._config import Config
    from .._session import Session
    from .._storage.files import CassetteFile
    from .._use import Use

__all__ = [
    "Marked",
    "has_cassette",
    "key_of",
    "lists_of",
    "marked",
    "paths_of",
    "plainly",
    "target_of",
    "use_of",
]


class Marked(NamedTuple):
    """What the ``cassette`` markers of a test say together.

    ``names`` are those of the closest marker that has some; ``options`` are every marker's,
    outermost first.
    """

    names: tuple[object, ...]
    options: list[Mapping[str, Any]]  # Any: the table of options says what each takes


def marked(item: pytest.Item) -> Marked | None:
    """The test's markers; None when it has none."""
    names: tuple[object, ...] = ()
    options: list[Mapping[str, Any]] = []
    for mark in item.iter_markers("cassette"):
        names = names or mark.args
        options.insert(0, mark.kwargs)
    return Marked(names, options) if options else None


def use_of(item: pytest.Item, session: Session, given: Mapping[str, Any], *, alone: bool) -> Use:
    """The test's cassette, opened but not active.

    `given` is what ``api_mocker_config`` returned; `alone` says that no other test can own the
    cassette, whatever its name.
    """
    from .._storage.naming import contained
    from .._use import Use

    marks = marked(item) or Marked((), [])
    config = session.config.over(given, "api_mocker_config", "fixture")
    for level in marks.options:
        config = config.over(level, _where(item), "marker")
    found = _paths(item, marks, session, config)
    path, *extra = (contained(path, session.root, _where(item)) for path in found)
    use = Use(path, extra, config, test=told(item, session), shared=bool(marks.names) and not alone)
    if not marks.names and use.opened is not None:
        _require_own(use.opened, told(item, session))
    return use


def _require_own(file: CassetteFile, test: str) -> None:
    """Where upper and lower case are the same, a test opens what is another one's; CassetteError then."""
    owner = file.test
    if owner is None or owner == test or owner.casefold() != test.casefold():
        return
    raise CassetteError(
        f"{shown(file.path)} belongs to {visible(owner)}, whose name differs from that of {visible(test)} by "
        f"upper and lower case alone: some file systems give both the same file. Rename one of the tests, or, where "
        f"one was renamed, name it in line {file.header_line('test')} of the file"
    )


def has_cassette(item: pytest.Item, *, auto: bool) -> bool:
    """Whether the test has one: it is marked, or asks for it, or all tests have (`auto`)."""
    return auto or "api_mocker_cassette" in getattr(item, "fixturenames", ()) or marked(item) is not None


def paths_of(item: pytest.Item, session: Session) -> list[Path]:
    """The files that the test would open, its own first; none where its marker is a mistake.

    What fixtures say about options is not known before the test is set up.
    """
    marks = marked(item) or Marked((), [])
    try:
        config = session.config
        for level in marks.options:
            config = config.over(level, _where(item), "marker")
        return _paths(item, marks, session, config)
    except UsageError:
        return []  # said when the test is set up


def _paths(item: pytest.Item, marks: Marked, session: Session, config: Config) -> list[Path]:
    from .._storage.naming import of_test

    folder = _folder(session, config)
    if marks.names:
        return [_named(folder, name, item) for name in marks.names]
    return [of_test(folder, told(item, session))]


def key_of(item: pytest.Item, session: Session) -> str | None:
    """The same text for all tests that share a named cassette; None for a test's own."""
    marks = marked(item)
    if marks is None or not marks.names or not isinstance(marks.names[0], str):
        return None
    folder = _folder(session, session.config)
    try:
        return _named(folder, marks.names[0], item).relative_to(folder).as_posix()
    except UsageError:
        return None  # said when the test is set up


def lists_of(item: pytest.Item, mark: pytest.Mark) -> tuple[str, ...]:
    """The hosts that a ``block_network`` marker allows; UsageError where it says anything else."""
    from .._config import strings  # most of the package hangs on it

    where = f"{item.nodeid}: @pytest.mark.block_network"
    wrong = [*map(repr, mark.args), *(name for name in mark.kwargs if name != "allowed_hosts")]
    if wrong:
        raise UsageError(f"{where} takes allowed_hosts=[...], and not {wrong[0]}")
    given = mark.kwargs.get("allowed_hosts") or ()
    if isinstance(given, str):  # as on the command line
        return tuple(filter(None, map(str.strip, given.split(","))))
    return strings(given, f"{where}: allowed_hosts")


def target_of(item: pytest.Item, session: Session) -> str:
    """The test as one names it on a command line, from where pytest was started.

    One with a secret among its parameters is named with all the others that it has.
    """
    config = item.config
    named = item.nodeid if told(item, session) == item.nodeid else item.nodeid.partition("[")[0]
    _, *names = named.split("::")
    place = item.path
    with suppress(ValueError):  # on another drive
        place = Path(os.path.relpath(place, config.invocation_params.dir))
    return shlex.quote("::".join([place.as_posix(), *names]))


@contextmanager
def plainly() -> Iterator[None]:
    """A user's mistake is shown as its text, without our traceback."""
    failure = None
    try:
        yield
    except ApiMockerError as error:
        failure = str(error)
    if failure is not None:
        raise pytest.fail.Exception(failure, pytrace=False) from None


def _named(folder: Path, name: object, item: pytest.Item) -> Path:
    from .._storage.naming import inside

    if not isinstance(name, str):
        raise UsageError(f"{_where(item)}: a cassette's name must be text, and is {name!r}")
    return inside(folder, name, _where(item))


def _folder(session: Session, config: Config) -> Path:
    return session.root / config.cassette_dir


def _where(item: pytest.Item) -> str:
    return f"{item.nodeid}: @pytest.mark.cassette"
