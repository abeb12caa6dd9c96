"""Options: read, checked, explained; the same for the plugin, the command line and the calls.

The law of this file: an option is one row of `OPTIONS`, wherever it may be written; an unknown name
or an impossible value is an error that says where it stands and names the nearest valid one.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

from ._core.age import duration, spelled
from ._core.canonical import Ignore
from ._core.cassette import ORDERS, REPEATS
from ._core.hosts import Hosts
from ._core.matching import DEFAULT, Matcher, Matching
from ._core.modes import RecordMode
from ._core.nearest import nearest_name
from ._redact import Redact, read_redact
from .exceptions import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from ._core.cassette import Order, Repeat
    from ._core.policy import BeforeRecord

__all__ = [
    "OPTIONS",
    "Config",
    "Delays",
    "OnExpiry",
    "Option",
    "Source",
    "Unused",
    "config_of",
    "plain",
    "read_project",
    "strings",
    "written",
]

Unused = Literal["error", "warn", "ignore"]
"""What is done about recorded interactions that nobody asked for."""

Delays = Literal["virtual", "real"]
"""Whether somebody waits for a declared delay."""

OnExpiry = Literal["warn", "fail"]
"""What is done about recordings that are played and older than they may be; none is made anew by itself."""

Place = Literal["project", "fixture", "marker", "call"]
"""Where options are written: pyproject.toml, the fixture ``api_mocker_config``, a marker, a call."""

_PLACES: dict[Place, str] = {
    "project": "[tool.api_mocker]",
    "fixture": "the fixture api_mocker_config",
    "marker": "a marker",
    "call": "a call",
}

# The values that options take are checked here and typed by `Config`; on their way they are Any.
Reader = Callable[[Any, str], Any]


def _one_of(names: Sequence[str]) -> Reader:
    def read(value: Any, where: str) -> str:
        if value not in names:
            raise UsageError(
                f"{where} must be {' or '.join(map(repr, names))}, and is {value!r}{nearest_name(value, names)}"
            )
        return str(value)

    return read


def _mode(value: Any, where: str) -> RecordMode | None:
    try:
        return None if value is None else RecordMode.of(value)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None


def _truth(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{where} must be true or false, and is {value!r}")
    return value


def _string(value: Any, where: str) -> str:
    if not isinstance(value, str | os.PathLike):
        raise UsageError(f"{where} must be text, and is {value!r}")
    return os.fspath(value)


def _folder(value: Any, where: str) -> str:
    folder = _string(value, where)
    there = folder.replace("\\", "/")
    if there.startswith(("/", "~")) or ":" in there or ".." in there.split("/"):
        raise UsageError(f"{where} must lie inside the project, and is {folder!r}")
    return folder


def strings(value: Any, where: str) -> tuple[str, ...]:
    """A list of texts, as a tuple; UsageError for anything else."""
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or not all(isinstance(v, str) for v in value)
    ):
        raise UsageError(f"{where} must be a list of strings, and is {value!r}")
    return tuple(value)


def _strings_for(check: Callable[[tuple[str, ...]], object]) -> Reader:
    """A list that `check` makes something of; UsageError for what it cannot."""

    def read(value: Any, where: str) -> tuple[str, ...]:
        entries = strings(value, where)
        try:
            check(entries)
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from None
        return entries

    return read


def _match_on(value: Any, where: str) -> tuple[str | Matcher, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise UsageError(f"{where} must be a list of at least one matcher, and is {value!r}")
    try:
        Matching(value)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None
    return tuple(value)


def _age(value: Any, where: str) -> timedelta | None:
    try:
        return None if value is None else duration(_string(value, where))
    except ValueError as error:
        raise UsageError(f"{where} must be {error}, and is {value!r}") from None


def _callback(value: Any, where: str) -> BeforeRecord | None:
    if value is not None and not callable(value):
        raise UsageError(f"{where} must be a function of an interaction, and is {value!r}")
    return value  # type: ignore[no-any-return]  # what it takes and returns shows when it is called


@dataclass(frozen=True, slots=True)
class Option:
    """One option: how a value is read, where it may be written, and what it is for."""

    read: Reader
    summary: str
    places: tuple[Place, ...] = ("project", "fixture", "marker", "call")


OPTIONS: dict[str, Option] = {
    "cassette_dir": Option(_folder, "where cassettes live, relative to the root of the project", ("project", "fixture")),
    "record_mode": Option(_mode, "what is done with requests: none, once, new_episodes, all, rewrite"),
    "match_on": Option(_match_on, "the matchers that decide whether two requests are the same"),
    "ignore": Option(_strings_for(Ignore.parse), "what requests may differ in: json:$.path, query:name, form:name, header:name"),
    "repeat": Option(_one_of(REPEATS), "what equal requests get once all their recordings are played"),
    "order": Option(_one_of(ORDERS), 'whether requests may come in another order than recorded; "strict": no'),
    "unused": Option(_one_of(get_args(Unused)), "what is done about recordings that nobody asked for, and routes that nobody called"),
    "delays": Option(_one_of(get_args(Delays)), 'whether a declared delay is waited for; "virtual": nobody does'),
    "auto": Option(_truth, "whether every test has a cassette, marked or not", ("project",)),
    "passthrough": Option(_strings_for(Hosts), "hosts (names, globs, addresses, networks; with or without port) that are never recorded, replayed or blocked"),
    "block_network": Option(_truth, "whether no test may reach the network, as with --block-network", ("project",)),
    "allowed_hosts": Option(_strings_for(Hosts), "hosts that the network guard lets out, written like those of passthrough", ("project", "fixture")),
    "record_errors": Option(_truth, "whether transport failures are recorded, and raised again on replay"),
    "max_age": Option(_age, "how old a recording may be that is played: 12h, 30d, 8w"),
    "on_expiry": Option(_one_of(get_args(OnExpiry)), "what is done about an older one; it is never recorded again by itself"),
    "review": Option(_truth, "whether a recording that changes an existing cassette waits for review"),
    "redact": Option(read_redact, "more rules for what is secret"),
    "before_record": Option(_callback, "a function of each interaction, before it is kept; None drops it", ("fixture", "marker", "call")),
}  # fmt: skip

_ADDING = ("ignore", "passthrough")  # lists that add up over the levels; of all else the closest wins


class Source(NamedTuple):
    """Who set an option: a kind of place, and which one."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class Config:
    """Effective options, and for each the place that set it."""

    cassette_dir: str = "cassettes"
    record_mode: RecordMode | None = None
    match_on: tuple[str | Matcher, ...] = DEFAULT
    ignore: tuple[str, ...] = ()
    repeat: Repeat = "error"
    order: Order = "any"
    unused: Unused = "error"
    delays: Delays = "virtual"
    auto: bool = False
    passthrough: tuple[str, ...] = ()
    block_network: bool = False
    allowed_hosts: tuple[str, ...] = ()
    record_errors: bool = False
    max_age: timedelta | None = None
    on_expiry: OnExpiry = "warn"
    review: bool = False
    redact: Redact = field(default_factory=dict)
    before_record: BeforeRecord | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)

    def over(self, values: Mapping[str, Any], source: str, place: Place) -> Config:
        """These options with `values` laid over them, written at `source`, which is a kind of `place`."""
        if not isinstance(
            cast("object", values), Mapping
        ):  # it comes from a file, or from somebody's fixture
            raise UsageError(f"{source} must be a table of options, and is {values!r}")
        merged: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        merged["sources"] = dict(self.sources)
        names = [name for name, option in OPTIONS.items() if place in option.places]
        for name, value in values.items():
            if name in OPTIONS and name not in names:
                there = " or ".join(_PLACES[kind] for kind in OPTIONS[name].places)
                raise UsageError(f"{source}: the option {name!r} is set in {there}, not here")
            if name not in names:
                raise UsageError(f"{source}: there is no option {name!r}{nearest_name(name, names)}")
            read = OPTIONS[name].read(value, f"{source}: {name}")
            if name in _ADDING:
                read = tuple(dict.fromkeys((*merged[name], *read)))
            elif name == "redact":
                read = {
                    key: (*merged[name].get(key, ()), *read.get(key, ())) for key in {*merged[name], *read}
                }
            merged[name] = read
            merged["sources"][name] = Source(place, source)
        return Config(**merged)


def plain(value: object) -> Any:  # Any: JSON, or TOML
    """The value of an option as a file would have it; None where it is none."""
    if isinstance(value, timedelta):
        return spelled(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [*map(str, value)] if isinstance(value, tuple) else value


def written(value: object) -> str:
    """The value of an option as pyproject.toml takes it; ``none`` where it is none."""
    match plain(value):
        case None:
            return "none"
        case dict() as table:
            return (
                "{ " + ", ".join(f"{key} = {written(item)}" for key, item in table.items()) + " }"
                if table
                else "{}"
            )
        case list() as items:
            return f"[{', '.join(map(written, items))}]"
        case held:
            return json.dumps(held, ensure_ascii=False)


def config_of(table: Mapping[str, Any], source: str) -> Config:
    """The defaults with one table of options over them."""
    return Config().over(table, source, "project")


def read_project(root: Path) -> Config:
    """The config of the project at `root`: ``[tool.api_mocker]`` of its pyproject.toml, else the defaults."""
    path = root / "pyproject.toml"
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}") from None
    tools = document.get("tool")
    for name in tools if isinstance(tools, Mapping) else ():
        if name != "api_mocker" and nearest_name(name, ["api_mocker"], cutoff=0.8):
            raise UsageError(f"{path.name} has a table [tool.{name}]; did you mean [tool.api_mocker]?")
    table = tools.get("api_mocker", {}) if isinstance(tools, Mapping) else {}
    return config_of(table, f"{path.name} [tool.api_mocker]")
