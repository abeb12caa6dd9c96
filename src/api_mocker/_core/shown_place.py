"""The place of a request, as it stands in what Python prints of one.

The law of this file: whoever prints a request has no cassette and no rules at hand, so what is left out
is what any cassette would hide: userinfo and query, and in the path what follows the name of a secret
or has the form of one.
"""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from .secret_form import Forms
from .secret_names import FIELDS, Names
from .secret_patterns import PATTERNS
from .secret_text import path_spots

__all__ = ["shown_place"]


@cache
def _rules() -> tuple[Names, Forms]:
    return Names(FIELDS), Forms(PATTERNS)


def shown_place(url: str) -> str:
    """Scheme, host and path of `url`, with ``<redacted>`` where a secret stands in the path."""
    place = urlsplit(url)
    names, forms = _rules()
    path = place.path
    for spot in sorted(path_spots(path, names), key=lambda spot: -spot.start):
        path = f"{path[: spot.start]}<redacted>{path[spot.end :]}"
    for pattern in forms.candidates(path):
        for match in reversed([*pattern.regex.finditer(path)]):
            start, end = match.span(pattern.group)
            if pattern.inner is None or pattern.inner(path[start:end]) is not None:
                path = f"{path[:start]}<redacted>{path[end:]}"
    return f"{place.scheme}://{place.netloc.rpartition('@')[2]}{path}"
