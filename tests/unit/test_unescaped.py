"""Letters and digits that are escaped: read once, found there, and told by their place in the text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._core.known_values import Known
from api_mocker._core.model import Headers, Request
from api_mocker._core.redaction import Redactor, Rules
from api_mocker._core.unescaped import Unescaped, carries_placeholder, unescaped

TOKEN = "Zx81qLm-44T_R90pWc2"
MASK = "<redacted:access_token:1>"

ESCAPES: dict[str, Callable[[str], str]] = {
    "JSON": lambda char: f"\\u{ord(char):04x}",
    "JSON in JSON": lambda char: f"\\\\u{ord(char):04X}",
    "JSON in percents": lambda char: f"%5Cu{ord(char):04x}",
    "percent": lambda char: f"%{ord(char):02X}",
    "percent, twice": lambda char: f"%25{ord(char):02x}",
    "HTML": lambda char: f"&#x{ord(char):X};",
    "HTML with zeros": lambda char: f"&#x00{ord(char):x};",
    "HTML in decimals": lambda char: f"&#{ord(char)};",
    "HTML in percents": lambda char: f"%26%23{ord(char)}%3B",
}


def stored(text: str) -> str:
    """A body as a recording holds it, where the token is known."""
    redactor = Redactor(Rules.default(), known=[Known("access_token", TOKEN)])
    headers = Headers((("Content-Type", "text/plain"),))
    return redactor.request(Request("POST", "https://h/", headers, text.encode())).body.decode()


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("every", [1, 2, 5])
@pytest.mark.parametrize("value", [TOKEN, MASK])
def test_a_known_value_is_found(escape: str, every: int, value: str) -> None:
    """All of it or a part is escaped: it is hidden where it stands, and a placeholder is read as one."""
    written = "".join(char if at % every else ESCAPES[escape](char) for at, char in enumerate(value))
    before, behind = "see %20\\u00e9 ", " 100% & there"
    assert stored(before + written + behind) == before + MASK + behind
    assert carries_placeholder(written) == carries_placeholder(written.encode()) == (value == MASK)


def test_a_longer_value_wins() -> None:
    """The value that is escaped in part is hidden as a whole, though another is its beginning."""
    redactor = Redactor(Rules.default(), known=[Known("a", TOKEN), Known("b", f"{TOKEN}-and-more")])
    assert redactor.text(f"{TOKEN} {TOKEN}-\\u0061nd-mor%65 {TOKEN}") == (
        "<redacted:a:1> <redacted:b:1> <redacted:a:1>"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "100% of it",
        "a%20b%2Fc%3D%7E%40",
        "%E6%97%A5%C3%A9",
        "\\u00e9\\u003c\\u2028",
        "&#10;&#233;&#x2f;&amp;",
        "%",
    ],
)
def test_what_encoders_escape_is_no_reason_to_read(text: str) -> None:
    """Only letters and digits are: no text of the usual kind is read twice."""
    assert unescaped(text) is None


@given(st.lists(st.tuples(st.sampled_from([*ESCAPES, ""]), st.sampled_from("azAZ09-_<:")), max_size=30))
def test_each_character_has_its_place(chars: list[tuple[str, str]]) -> None:
    """What the reading says is in the original, at the place that it tells."""
    written = [ESCAPES[escape](char) if escape else char for escape, char in chars]
    reading = Unescaped("".join(written))
    assert reading.text == "".join(char for _, char in chars)
    for at in range(len(chars) + 1):
        assert reading.place(at) == len("".join(written[:at]))


@pytest.mark.parametrize("piece", ["\\", "%5C", "%25", "&#0", "%26%23", "u00", "%2541", "%5Cu004"])
def test_a_text_full_of_beginnings_is_read_once(piece: str) -> None:
    """To read from each of them to the end would never end; whatever is no escape stays."""
    text = piece * 100_000 + "\\u0041"
    reading = Unescaped(text)
    assert reading.text.endswith("A")
    assert reading.place(len(reading.text)) == len(text)
