"""The table ``redact``: what each key of it takes, and the rules that come of it.

The law of this file: a key is one row of `KEYS`; a mistake says where it stands. Rules are made once for
each table, not for each cassette.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ._core.canonical import Ignore
from ._core.nearest import nearest_name
from ._core.redaction import Rules
from .exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._core.known_values import Known

__all__ = ["KEYS", "Redact", "read_redact", "rules_of"]

# Any: names, expressions, functions; each is checked by the row of its key.
Redact: TypeAlias = "Mapping[str, tuple[Any, ...]]"
"""A table as it was read."""

_NAME = re.compile(r"[*?]?[^*?\[\]]+")
"""A name, or the end of one behind ``*``, or one behind ``?``; as the tables of `secret_names` have it."""

KEYS: dict[str, str] = {
    "allow_request_headers": "request headers that are stored besides the default ones",
    "headers": "more headers whose values are secret",
    "query": "more query keys whose values are secret",
    "fields": "more JSON keys, form fields and cookies whose values are secret",
    "patterns": "regular expressions of values that are secret wherever they stand",
    "env": "environment variables whose values are secret wherever they stand, whatever they are called",
    "functions": "functions of a text that give the secrets in it; in code only",
    "keep": "places where no name and no form makes a secret: json:$.path, query:name, form:name, header:name",
}

_NO_NAMES = frozenset({"patterns", "functions", "keep"})


def read_redact(value: Any, where: str) -> Redact:
    """The table, checked; UsageError for what it cannot hold."""
    if not isinstance(value, Mapping):
        raise UsageError(f"{where} must be a table, and is {value!r}")
    for key in value:
        if key not in KEYS:
            raise UsageError(f"{where} has no key {key!r}{nearest_name(key, KEYS)} (keys: {', '.join(KEYS)})")
    read: dict[str, tuple[Any, ...]] = {
        key: (_functions if key == "functions" else _strings)(items, f"{where}.{key}")
        for key, items in value.items()
    }
    for key, names in read.items():
        for name in names:
            if not name or (key not in _NO_NAMES and not _NAME.fullmatch(name)):
                raise UsageError(
                    f"{where}.{key}: {name!r} is no name; a star stands at the beginning only ('*_pin'), "
                    f"and values are found by redact.patterns"
                )
    rules_of(read, where)
    return read


def _strings(value: Any, where: str) -> tuple[str, ...]:
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or not all(isinstance(each, str) for each in value)
    ):
        raise UsageError(f"{where} must be a list of strings, and is {value!r}")
    return tuple(value)


def _functions(value: Any, where: str) -> tuple[Callable[[str], Any], ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(map(callable, value)):
        raise UsageError(
            f"{where} must be a list of functions, which only code can give (the fixture api_mocker_config, a "
            f"marker, a call), and is {value!r}"
        )
    return tuple(value)


def rules_of(redact: Redact, where: str, known: Iterable[Known] = ()) -> Rules:
    """The default redaction rules, extended; UsageError when a pattern does not compile."""
    patterns = []
    for pattern in redact.get("patterns", ()):
        try:
            patterns.append(re.compile(pattern))
        except re.error as error:
            raise UsageError(f"{where}.patterns: {pattern!r} is no regular expression: {error}") from None
    try:
        Ignore.parse(redact.get("keep", ()), "entry")
    except UsageError as error:
        raise UsageError(f"{where}.keep: {error}") from None
    known = tuple(known)
    if not redact and not known:
        return Rules.default()
    lists = {key: redact.get(key, ()) for key in KEYS if key not in ("patterns", "env")}
    return Rules.default().extended(**lists, patterns=patterns, values=known)
