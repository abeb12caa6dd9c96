"""Which requests are taken for a redacted recording, and that no recording makes that take long."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api_mocker._core.masked import fits

MASK = "<redacted:a:1>"
PLACES = {
    # what one placeholder may stand for, as an expression that tries everything
    "path": r"[^/]+",
    "pair": r".+",
    "json": r'(?:[^"\\]|\\.)+',
    "bytes": r"(?:<redacted:[a-z0-9_.-]+:[1-9][0-9]*>|[^\s\"'<>&=,;]+)",
}

pieces = st.lists(st.text('ab/"\\&', max_size=3), min_size=1, max_size=4)


@given(st.sampled_from(sorted(PLACES)), pieces, st.text('ab/"\\&', max_size=9))
@example("path", ["", "a", "b"], "xab")
@example("json", ['"', 'n"'], '"\\nn"')
def test_it_is_the_same_as_trying_everything(place: str, parts: list[str], live: str) -> None:
    """On short texts the answer is that of the expression that backtracks."""
    recorded = MASK.join(parts)
    expected = live == recorded or (
        len(parts) > 1
        and re.fullmatch(PLACES[place].join(map(re.escape, parts)), live, re.DOTALL) is not None
    )
    assert fits(place, live, recorded) == expected


@given(st.sampled_from(sorted(PLACES)), pieces, st.lists(st.text("xy", min_size=1, max_size=3), min_size=4))
def test_any_values_stand_under_the_placeholders(place: str, parts: list[str], values: list[str]) -> None:
    """What was redacted fits whatever the values were."""
    live = parts[0] + "".join(value + part for value, part in zip(values, parts[1:], strict=False))
    if place != "json" or not any(part.endswith("\\") for part in parts):
        assert fits(place, live, MASK.join(parts))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("between", ["", "-", "x", "xx"])
def test_a_recording_full_of_placeholders_is_read_once(place: str, between: str) -> None:
    """Hundreds of placeholders against a long text that fits until its end: to try each division would never end."""
    recorded = between.join([MASK] * 200) + "!"
    assert not fits(place, ("x" + between) * 5000, recorded)
    assert not fits(place, "x" * 50_000 + "?", recorded)
    assert fits(place, "x".join([between] * 201) + "!", recorded) or not between


def test_escapes_are_one_character() -> None:
    """In JSON a value does not end in the middle of an escape, nor at an escaped quote."""
    assert fits("json", r'{"a":"x\"y","b":1}', f'{{"a":"{MASK}","b":1}}')
    assert not fits("json", r'{"a":"x\"', f'{{"a":"{MASK}"')
    assert not fits("json", r'{"a":"x","c":"y","b":1}', f'{{"a":"{MASK}","b":1}}')
