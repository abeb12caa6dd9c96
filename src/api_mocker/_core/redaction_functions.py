"""Functions of one's own that find secrets: ``redact.functions``.

The law of this file: a function is asked about each text as it is, and its answer is checked; one that
fails is an error of whoever wrote it, never a secret that stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from ..exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .redaction_rules import Finder

__all__ = ["found_by", "name_of"]


def name_of(function: Finder) -> str:
    """What the placeholders of its findings are called: as the function is."""
    name = getattr(function, "__name__", type(function).__name__)
    return "secret" if name == "<lambda>" else name.strip("_")


def found_by(function: Finder, text: str) -> Iterator[tuple[int, int]]:
    """Where the secrets are that `function` finds in `text`; of one that it names, each place."""
    try:
        answer = cast("object", function(text))  # whatever the user's function does
        if answer is None or isinstance(answer, str | bytes):
            raise TypeError(f"it returned {type(answer).__name__}")
        answers = [*cast("Iterable[object]", answer)]
    except Exception as error:
        # What it says may quote the text, so only its kind is told; the rest hangs on the chain.
        raise UsageError(
            f"redact.functions: {name_of(function)} failed ({type(error).__name__}); it takes a text and "
            f"returns an iterable of the secrets in it, or of (start, end)"
        ) from error
    for found in answers:
        match found:
            case "":
                continue
            case str():
                yield from (match.span() for match in re.finditer(re.escape(found), text))
            case (int() as start, int() as end) if 0 <= start <= end <= len(text):
                if start < end:
                    yield start, end
            case _:
                raise UsageError(
                    f"redact.functions: {name_of(function)} found a {type(found).__name__} that is neither a "
                    f"secret (text) nor a place (start, end) in the text it was given"
                )
