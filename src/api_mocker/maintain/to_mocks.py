"""A cassette as declarations: the Python code of routes that answer what it answers.

The law of this file: what is printed can be imported, and the recorded flow passes with it. Equal
requests are one route with their answers in recorded order; where an earlier route would take the
request of a later one, the later one is declared first.
"""

from __future__ import annotations

import builtins
import heapq
import keyword
import re
from collections import defaultdict
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import groupby
from typing import TYPE_CHECKING

from .._core.canonical import Ignore
from .._core.code import WIDTH, Call, Raw, Sum, flat, rendered, width
from ..exceptions import CassetteUnreadable
from .replies_as_code import reply_call, spelled
from .requests_as_code import Wanted, wanted_of
from .veil import Veil

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .._config import Config
    from .._core.model import Interaction
    from .._core.redaction import Rules
    from .._storage.files import CassetteFile

__all__ = ["to_mocks"]

_VERBS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_STANDARD = ("base64", "json", "zlib")
_OURS = ("Headers", "Response")
_MOST_COMPARED = 200_000  # pairs of routes; who has more does not read them either
_EARLY = "# The caller closed an answer of this route early: there may have been more."


@dataclass
class _Route:
    """One route: what it wants, and what it answers, in recorded order."""

    wanted: Wanted
    replies: list[Call] = field(default_factory=list)
    early: bool = False


def to_mocks(file: CassetteFile, config: Config, *, test: bool = False, rules: Rules | None = None) -> str:
    """The text of a module that declares what `file` recorded; with `test` it is a whole test file."""
    routes = [*_routes(file, config, rules)]
    if config.order != "strict":
        routes = _ordered(routes)
    bases = _bases(route.wanted for route in routes)
    chains = [(route, _calls(route, bases, config)) for route in routes]
    used = {name for _, chain in chains for name in _names(chain)}
    lines = [f"    {name} = {flat(Call('api_mocker.base', (('', base),)))}" for base, name in bases.items()]
    if config.order == "strict":
        lines.append("    api_mocker.in_order()")
    if lines and chains:
        lines.append("")
    for route, chain in chains:
        if route.early:
            lines.append(f"    {_EARLY}")
        lines.append(f"    {_statement(chain)}")
    return _module(file, used, lines, test=test)


def _routes(file: CassetteFile, config: Config, rules: Rules | None) -> Iterator[_Route]:
    ignore, last = Ignore.parse(config.ignore), ""
    found: dict[str, _Route] = {}
    entries = [*file.entries()]
    for entry in entries if rules is None else Veil(rules).over(entries):
        interaction = entry.interaction
        wanted = wanted_of(interaction.request, ignore, config.match_on)
        if config.order == "strict" and wanted.key != last:  # the same request may come again later on
            yield from found.values()
            found, last = {}, wanted.key
        route = found.setdefault(wanted.key, _Route(wanted))
        try:
            route.replies.append(reply_call(interaction))
        except ValueError as error:
            reason = f"the recorded body cannot be coded again: {error}"
            raise CassetteUnreadable(reason, file.path, entry.line) from None
        route.early = route.early or _left_early(interaction)
    yield from found.values()


def _left_early(interaction: Interaction) -> bool:
    return interaction.response is not None and interaction.response.truncated


# --- which goes first ----------------------------------------------------------------------------


def _ordered(routes: Sequence[_Route]) -> list[_Route]:
    """The routes as recorded, but each before those that would take its requests."""
    before: dict[int, set[int]] = defaultdict(set)
    for bucket in _buckets(routes):
        with_body = any(routes[at].wanted.has_body for at in bucket)
        broad = [
            at for at in bucket if routes[at].wanted.is_open or (with_body and not routes[at].wanted.has_body)
        ]
        if len(broad) * len(bucket) <= _MOST_COMPARED:
            for at in broad:
                before[at] = _taken(routes, at, bucket)
    waiting = {
        at: {other for other in others if at not in before.get(other, ())} for at, others in before.items()
    }
    out: list[_Route] = []
    done: set[int] = set()
    ready = [at for at in range(len(routes)) if not waiting.get(at)]
    while len(out) < len(routes):
        at = heapq.heappop(ready) if ready else min({*range(len(routes))} - done)
        if at in done:
            continue
        done.add(at)
        out.append(routes[at])
        for other, others in waiting.items():
            if at in others:
                others.discard(at)
                if not others and other not in done:
                    heapq.heappush(ready, other)
    return out


def _buckets(routes: Sequence[_Route]) -> Iterable[list[int]]:
    """Routes that may take each other's requests, as far as a glance tells."""
    buckets: dict[object, list[int]] = defaultdict(list)
    for at, route in enumerate(routes):
        wanted = route.wanted
        buckets[wanted.method, wanted.origin, wanted.path.count("/")].append(at)
    return buckets.values()


def _taken(routes: Sequence[_Route], at: int, bucket: Iterable[int]) -> set[int]:
    """The others whose request this one would take; without, where possible, those that have a body."""
    route = routes[at]
    taken = {other for other in bucket if other != at and route.wanted.takes(routes[other].wanted)}
    if route.wanted.has_body or not any(routes[other].wanted.has_body for other in taken):
        return taken
    if not route.wanted.request.body:
        route.wanted = route.wanted.without_a_body()
        return {other for other in taken if route.wanted.takes(routes[other].wanted)}
    return taken


# --- where ---------------------------------------------------------------------------------------


def _bases(all_wanted: Iterable[Wanted]) -> dict[str, str]:
    """The prefixes that several routes share, each with the name of its variable."""
    below: dict[str, list[list[str]]] = defaultdict(list)
    for wanted in all_wanted:
        if wanted.origin:
            below[wanted.origin].append(wanted.path.split("/"))
    names: dict[str, str] = {}
    for origin, paths in below.items():
        if len(paths) > 1:
            base = (origin + _shared(paths)).rstrip("/")
            names[base] = _name(origin, names.values())
    return names


def _shared(paths: Sequence[Sequence[str]]) -> str:
    """The beginning that all paths share, of whole segments, with something left of each."""
    shared = []
    for segments in zip(*(path[:-1] for path in paths), strict=False):
        if len({*segments}) > 1 or "{" in segments[0]:
            break
        shared.append(segments[0])
    return "/".join(shared)


_GENERIC = frozenset({"api", "app", "rest", "www", "gateway", "service"})
_TAKEN = frozenset(
    {"ANY", "Headers", "Mocker", "Response", "api_mocker", "base64", "declare", "json", "zlib"}
)


def _name(origin: str, names: Iterable[str]) -> str:
    """A readable name for what lies at this origin: the part of the host that says most."""
    host = origin.partition("://")[2].rpartition(":")[0] or origin.partition("://")[2]
    if host.startswith("["):
        host = host.partition("]")[0][1:]
    try:
        name = "localhost" if ip_address(host).is_loopback else "server"
    except ValueError:
        labels = host.split(".")
        telling = [label for label in labels[:-1] if label not in _GENERIC] or labels
        name = re.sub(r"\W+", "_", telling[0], flags=re.ASCII).strip("_").lower() or "server"
    if name[0].isdigit():
        name = f"host_{name}"
    if name in _TAKEN or keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name):
        name += "_api"
    taken = {*names}
    return next(
        one for at in range(1, len(taken) + 2) if (one := f"{name}_{at}" if at > 1 else name) not in taken
    )


# --- code ----------------------------------------------------------------------------------------


def _calls(route: _Route, bases: Mapping[str, str], config: Config) -> list[Call]:
    """The chain of calls that declares a route."""
    wanted = route.wanted
    target, url = "api_mocker", wanted.origin + wanted.path
    for base, name in bases.items():
        if url.startswith(f"{base}/"):
            target, url = name, url.removeprefix(base)
            break
    keywords = [
        (name, spelled(value) if name == "content" and isinstance(value, str | bytes) else value)
        for name, value in wanted.keywords
    ]
    if wanted.own:
        keywords.append(("match", list(wanted.own)))
    if isinstance(wanted.method, str) and wanted.method in _VERBS:
        chain = [Call(f"{target}.{wanted.method.lower()}", (("", url), *keywords))]
    else:
        chain = [Call(f"{target}.route", (("", wanted.method), ("", url), *keywords))]
    for _, equal in groupby(route.replies, key=flat):
        reply, *more = equal
        chain.append(reply)
        if more:
            chain.append(Call("times", (("", len(more) + 1),)))
    if len(route.replies) > 1 and config.repeat != "error":
        chain.append(Call("repeat_last", ()))
    return chain


def _statement(chain: Sequence[Call]) -> str:
    """A chain of calls, in a function's body."""
    indent = 4
    line = ".".join(map(flat, chain))
    if indent + width(line) <= WIDTH:
        return line
    if len(chain) > 2:
        calls = [rendered(chain[0], 8, 8), *(f".{rendered(call, 9, 8)}" for call in chain[1:])]
        return "\n        ".join(["(", *calls]) + "\n    )"
    first, second = chain
    opened = f".{flat(second)}" if not second.arguments else f".{second.name}("
    head = rendered(first, indent, indent, len(opened))
    before = len(head.rpartition("\n")[2]) + (0 if "\n" in head else indent)
    return f"{head}.{rendered(second, before + 1, indent)}"


def _names(value: object) -> Iterator[str]:
    """The names that a piece of code uses."""
    if isinstance(value, Raw):
        yield value.text
    elif isinstance(value, Sum):
        yield from _names(value.call)
    elif isinstance(value, Call):
        yield value.name.partition(".")[0]
        for _, item in value.arguments:
            yield from _names(item)
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _names(item)


def _module(file: CassetteFile, used: set[str], body: Sequence[str], *, test: bool) -> str:
    source = "".join(
        letter if letter.isprintable() and letter not in '"\\' else "?" for letter in file.path.as_posix()
    )
    imports = [f"import {name}" for name in _STANDARD if name in used]
    if "ANY" in used:
        imports.append("from unittest.mock import ANY")
    ours = sorted({"Mocker", *(name for name in _OURS if name in used)})
    lines = [f'"""What {source} recorded, as mocks."""', "", *imports]
    if imports:
        lines.append("")
    lines += [f"from api_mocker import {', '.join(ours)}", "", ""]
    lines += ["def declare(api_mocker: Mocker) -> None:", f'    """Declare what {source} recorded."""', *body]
    if test:
        lines += ["", "", f"def {_test_name(file)}(api_mocker: Mocker) -> None:"]
        lines += ['    """The code under test, against what was recorded."""', "    declare(api_mocker)", ""]
        lines.append("    # Call the code under test here: a route that is not used fails the test.")
    return "\n".join([*lines, ""])


def _test_name(file: CassetteFile) -> str:
    name = (file.test or file.path.stem).rpartition("::")[2].partition("[")[0]
    name = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()[:60]
    return name if name.startswith("test_") else f"test_{name}"
