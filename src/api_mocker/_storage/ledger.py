"""The usage ledger: what one run of pytest proves about cassettes. JSON, read as strictly as a cassette.

The law of this file: a ledger says what was seen and claims nothing more; and what is no ledger of a
version known here is refused, for recordings are thrown away on its word.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from hashlib import file_digest
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args

from ..exceptions import UsageError, shown
from .replacing import reason, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["OUTCOMES", "OUTSIDE", "VERSION", "Ledger", "Outcome", "Track", "digest", "load", "store"]

VERSION = 1
"""The version of the ledger's form that is written; a ledger lives for hours, so older ones are not read."""

Outcome = Literal["failed", "passed", "xfailed", "skipped", "deselected", "not run"]
"""How a test ended; in that order, the first of several runs counts."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

OUTSIDE = ""
"""Stands for a test where code outside of any test played something."""

_KEY = "ledger"

Value = TypeVar("Value")


@dataclass(slots=True)
class Track:
    """What is known of one cassette.

    ``sha256`` is that of the file which all uses saw, None where it was recorded or changed while the
    tests ran. ``owners`` are the tests that name it, by a marker or by their own names; ``further`` says
    that it is a further, read-only cassette of somebody, ``loose`` that code opened it, so that nobody
    can tell which tests may. ``repeat`` holds how it was played: "last" or "cycle" where equal requests, as
    the project's options have it, may be answered more than once; else "once".
    """

    sha256: str | None = None
    owners: list[str] = field(default_factory=list)
    further: bool = False
    loose: bool = False
    repeat: list[str] = field(default_factory=list)
    played: dict[str, list[int]] = field(default_factory=dict)  # by test, the numbers from 0


@dataclass(slots=True)
class Ledger:
    """What one run saw. All paths are relative to the project's root, with slashes.

    ``gaps`` say why tests may be missing from ``tests``; ``wanted`` are the places that hold the
    project's tests, ``patterns`` the names of its test files, ``closed`` those of folders that are not
    entered, ``ignored`` what the project itself leaves out. ``modules`` are the files that were looked
    through; ``hidden`` those of them that were skipped as a whole, so that nobody knows their tests.
    ``sources`` are the project's files that had a part in the run, each with its SHA-256.
    """

    written_at: str
    arguments: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    tests: dict[str, Outcome] = field(default_factory=dict)
    cassettes: dict[str, Track] = field(default_factory=dict)


def digest(path: Path) -> str | None:
    """The SHA-256 of a file; None where there is none that can be read to its end."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def store(ledger: Ledger, path: Path) -> None:
    """Puts a ledger in place, whole; OSError when the disk refuses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({_KEY: VERSION, **_plain(ledger)}, default=_plain, ensure_ascii=False)
    write_file(path, [text.encode("utf-8", "surrogatepass"), b"\n"])


def _plain(value: Ledger | Track) -> dict[str, object]:
    return {each.name: getattr(value, each.name) for each in fields(value)}


def load(path: Path) -> Ledger:
    """The ledger in a file; UsageError, with the file's name, when there is none."""
    try:
        return _read(json.loads(path.read_bytes().decode("utf-8", "surrogatepass")))
    except OSError as error:
        why = f"the ledger cannot be read: {reason(error)}"
    except _Broken as error:
        why = str(error)
    except (ValueError, RecursionError) as error:  # not UTF-8, no JSON, nested beyond measure
        why = f"the ledger is broken: {error}"
    raise UsageError(f"{shown(path)}: {why}")


class _Broken(Exception):
    """It is JSON, and no ledger."""


def _read(tree: object) -> Ledger:
    if not isinstance(tree, dict) or _KEY not in tree:
        raise _Broken("this is no ledger of api-mocker")
    version = tree.pop(_KEY)
    if version != VERSION:
        raise _Broken(
            f"this ledger is of version {version!r}, and this api-mocker reads version {VERSION}: run the tests again"
        )
    return _record(Ledger, tree, "", _LEDGER)


def _record(
    kind: type[Value], tree: object, where: str, readers: dict[str, Callable[[object, str], Any]]
) -> Value:  # Any: what each field holds
    known = _mapping(tree, where)
    names = {each.name for each in fields(cast("Any", kind))}  # Any: `kind` is one of the classes above
    if wrong := names ^ known.keys():
        name = min(wrong)
        raise _Broken(
            f"{where or 'the ledger'} {'lacks' if name in names else 'has an unknown'} key {name!r}"
        )
    return kind(
        **{name: readers[name](value, f"{where}.{name}".lstrip(".")) for name, value in known.items()}
    )


def _mapping(value: object, where: str) -> dict[str, object]:
    return _typed(value, dict, "an object", where)


def _text(value: object, where: str) -> str:
    return _typed(value, str, "text", where)


def _texts(value: object, where: str) -> list[str]:
    return [_text(item, where) for item in _typed(value, list, "a list", where)]


def _truth(value: object, where: str) -> bool:
    return _typed(value, bool, "true or false", where)


def _digest(value: object, where: str) -> str | None:
    return None if value is None else _text(value, where)


def _numbers(value: object, where: str) -> list[int]:
    numbers = _typed(value, list, "a list", where)
    if not all(type(item) is int and item >= 0 for item in numbers):
        raise _Broken(f"{where} must be the numbers of interactions, and is {value!r:.80}")
    return numbers


def _outcome(value: object, where: str) -> Outcome:
    if value not in OUTCOMES:
        raise _Broken(f"{where} must be one of {', '.join(OUTCOMES)}, and is {value!r:.80}")
    return value


def _typed(value: object, kind: type[Value], words: str, where: str) -> Value:
    if not isinstance(value, kind):
        raise _Broken(f"{where} must be {words}, and is {value!r:.80}")
    return value


def _each(read: Callable[[object, str], Value]) -> Callable[[object, str], dict[str, Value]]:
    def each(value: object, where: str) -> dict[str, Value]:
        return {name: read(item, f"{where}[{name!r}]") for name, item in _mapping(value, where).items()}

    return each


def _same(
    names: Iterable[str], read: Callable[[object, str], Any]
) -> dict[str, Callable[[object, str], Any]]:
    return dict.fromkeys(names, read)  # Any: as for _record


_TRACK = {
    "sha256": _digest,
    **_same(("owners", "repeat"), _texts),
    **_same(("further", "loose"), _truth),
    "played": _each(_numbers),
}


def _track(value: object, where: str) -> Track:
    return _record(Track, value, where, _TRACK)


_LEDGER = {
    "written_at": _text,
    **_same(("arguments", "gaps", "wanted", "patterns", "closed", "ignored", "modules", "hidden"), _texts),
    "sources": _each(_text),
    "tests": _each(_outcome),
    "cassettes": _each(_track),
}
