"""Many values sought at once are found where each is found alone."""

from __future__ import annotations

import base64
import json
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._core import secret_search
from api_mocker._core.base64_runs import run_end
from api_mocker._core.known_values import Known
from api_mocker._core.placeholders import PLACEHOLDER
from api_mocker._core.secret_encodings import expression
from api_mocker._core.vault import Vault

_CHARS = 'aA1b2nu5%25+/-_&=amp;\\"\n é<#0x.😀'
_VALUES = st.one_of(
    st.text(_CHARS, min_size=1, max_size=12),
    st.text("0123456789", min_size=8, max_size=12),
    st.builds("tok-{}-abcdef".format, st.integers(0, 99)),
)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


_WRITTEN = [
    str,
    quote,
    quote_plus,
    lambda text: quote(quote(text)),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(json.dumps(text))[1:-1],
    escape,
    _base64,
    lambda text: _base64("x" + text),
    lambda text: quote(_base64("xy" + text), safe=""),
    lambda text: quote(quote(_base64("xyz" + text + "~?>"), safe="")),
    lambda text: text.encode().decode("latin-1"),
    lambda text: "".join(f"&#{ord(char)};" for char in text),
]


@st.composite
def _sought(draw: st.DrawFn) -> tuple[list[str], str]:
    """Values, and a text in which they stand in any encoding, between and in one another."""
    values = draw(st.lists(_VALUES, min_size=1, max_size=12, unique=True))
    places = st.builds(lambda value, way: way(value), st.sampled_from(values), st.sampled_from(_WRITTEN))
    pieces = draw(st.lists(places | st.text(_CHARS + "{,:}", max_size=4), max_size=12))
    return values, "".join(pieces)


def _alone(values: list[str], text: str) -> list[tuple[str, int, int, bool]]:
    return sorted(
        (value, *match.span(), match[1] is not None)
        for value in values
        for match in expression(value).finditer(text)
    )


@given(_sought())
def test_many_are_found_where_each_is_found_alone(sought: tuple[list[str], str]) -> None:
    """Whatever the encoding, the overlap and what stands beside it."""
    values, text = sought
    others = [f"other{number}" for number in range(secret_search._FEW)]
    assert sorted(secret_search.found([*values, *others], text)) == _alone([*values, *others], text)


def _echoes(values: list[str], text: str) -> list[tuple[int, int, str]]:
    """The longest first, then the earliest, and no two at one place; in base64, all that follows goes with it."""
    held = [(*match.span(), "", False) for match in PLACEHOLDER.finditer(text)]
    for value in sorted(values, key=len, reverse=True):
        for match in expression(value).finditer(text):
            start, end = match.span()
            if all(end <= first or last <= start for first, last, *_ in held):
                held.append((start, end, value, match[1] is not None))
    echoes: list[tuple[int, int, str]] = []
    for start, end, value, coded in sorted(span for span in held if span[2]):
        if not echoes or start >= echoes[-1][1]:
            echoes.append((start, run_end(text, start, end) if coded else end, value))
    return echoes


@given(_sought(), st.sampled_from([0, 60, 150]))
def test_echoes_are_those_of_each_value_on_its_own(sought: tuple[list[str], str], count: int) -> None:
    """However many other values are known, also such as share all but a number with one that is there."""
    values, text = sought
    known = [*values, *(f"tok-{number + 100}-abcdef" for number in range(count))]
    text = f"{text}<redacted:tok-1-abcdef:1>{text} tok-1000-abcdef"
    vault = Vault({}, [Known("token", value) for value in known])
    assert [each[:3] for each in vault.echoes(text, None)] == _echoes(known, text)


@pytest.mark.parametrize("count", [3, 60, 500])
def test_the_longer_value_wins_and_placeholders_stay(count: int) -> None:
    """However many values are known, and whichever was learnt first."""
    vault = Vault({}, ())
    for number in range(count):
        vault.learn(f"zx{number}_secret", "token")
        vault.learn(f"zx{number}_secret_and_more", "token")
    text = "".join(
        f"{number} zx{number}_secret_and_more <redacted:zx{number}_secret:1> zx{number}_secret\n"
        for number in range(count)
    )
    found = [*vault.echoes(text, None)]
    assert [text[start:end] for start, end, *_ in found] == [each.value for each in found]
    assert [each.value for each in found] == [
        f"zx{number}_secret{more}" for number in range(count) for more in ("_and_more", "")
    ]
