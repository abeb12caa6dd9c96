"""Values and placeholders in base64 that holds more: what is hidden of it, and that both sides are equal."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._core.known_values import Known
from api_mocker._core.masked import fits
from api_mocker._core.model import Headers, Request
from api_mocker._core.placeholders import PLACEHOLDER, placeholder
from api_mocker._core.redaction import Redactor, Rules

TOKEN = "Zx81qLm44TtR90pWc2"
MASK = "<redacted:access_token:1>"
TEXT = Headers((("Content-Type", "text/plain"),))


def stored(text: str, *, url: str = "https://h/") -> Request:
    """The request with this body as a recording holds it, where the token is known."""
    redactor = Redactor(Rules.default(), known=[Known("access_token", TOKEN)])
    return redactor.request(Request("POST", url, TEXT, text.encode()))


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


AROUND = [
    ("", ""),
    ("x", "y"),
    ("xy", ""),
    ("api:", ""),
    ("???", "???"),
    ("user ~~", ", and all that follows"),
]
WRITTEN: dict[str, Callable[[bytes], str]] = {
    "standard": lambda data: base64.b64encode(data).decode(),
    "URL-safe": lambda data: base64.urlsafe_b64encode(data).decode(),
    "without padding": lambda data: base64.b64encode(data).decode().rstrip("="),
    "in percents": lambda data: quote(base64.b64encode(data).decode(), safe=""),
    "in percents, twice": lambda data: quote(quote(base64.b64encode(data).decode(), safe="")),
    "escaped slashes and signs": lambda data: (
        base64.b64encode(data).decode().replace("/", r"\/").replace("=", r"\u003d")
    ),
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(("before", "behind"), AROUND)
def test_token_and_placeholder_are_stored_alike(before: str, behind: str, written: str) -> None:
    """What a client makes of the placeholder is what it made of the token, once both are redacted."""
    text = WRITTEN[written]
    recorded = stored(f"see {text(f'{before}{TOKEN}{behind}'.encode())} there").body.decode()
    live = stored(f"see {text(f'{before}{MASK}{behind}'.encode())} there").body.decode()
    assert live == recorded
    assert re.fullmatch(rf"see [\w%/\\+-]*{MASK} there", recorded)


@given(
    st.text(max_size=9),
    st.text(max_size=9),
    st.integers(1, 10**6),
    st.sampled_from(["a", "x_y.z-1", "n" * 60]),
)
def test_a_placeholder_is_read_from_base64(before: str, behind: str, number: int, name: str) -> None:
    """Whatever stands around it: its name and number count."""
    mask = placeholder(name, number)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(f"{before}{mask}{behind}".encode()).decode()
        assert PLACEHOLDER.findall(stored(f"see {text} there").body.decode()) == [(name, str(number))]


def test_the_rest_of_a_path_stays() -> None:
    """In a path a slash ends the run; in a query and in a text it is a character of it."""
    blob = coded(f"???{TOKEN}???~~~???")
    assert blob.count("/") > 1
    for end in ("", "/rest/of/it"):
        at = f"https://h/u/{base64.urlsafe_b64encode(f'api:{TOKEN}?'.encode()).decode()}{end}?page=1"
        assert stored("", url=at).url == f"https://h/u/YXBpO{MASK}{end}?page=1"
    assert stored("", url=f"https://h/u?a=/b&d={blob}&page=1").url == f"https://h/u?a=/b&d=Pz8/{MASK}&page=1"
    assert stored(f"see {blob} there").body.decode() == f"see Pz8/{MASK} there"


def test_the_first_of_two_hides_both() -> None:
    """A longer value behind a shorter one, in the same run: no character of either stays."""
    redactor = Redactor(Rules.default(), known=[Known("a", TOKEN), Known("b", "much-longer-" + TOKEN[::-1])])
    body = coded(f"{TOKEN}:much-longer-{TOKEN[::-1]}").encode()
    assert redactor.request(Request("POST", "https://h/", TEXT, body)).body == b"<redacted:a:1>"


def test_a_uuid_in_base64_is_a_plain_placeholder() -> None:
    """Nobody takes what is inside of base64 for a UUID, and glued to other letters it would not be told."""
    value = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    redactor = Redactor(Rules.default(), known=[Known("session", value)])
    body = f"{value} {coded(f'api:{value}')}".encode()
    hidden = redactor.request(Request("POST", "https://h/", TEXT, body)).body.decode()
    assert hidden == "5ec2e700-0000-4000-8000-000000000001 YXBpO<redacted:session:1>"


@pytest.mark.parametrize(
    "text",
    [
        coded("<redacted:"),
        coded("<redacted:x>"),
        coded("<redacted:x:0>"),
        coded("<redacted:X:1>"),
        "PHJlZGFjdGVkO",
        "xxxyZWRhY3RlZD",
        "x8cmVkYWN0ZWQ6" * 40,
    ],
)
def test_what_only_begins_like_a_placeholder_stays(text: str) -> None:
    """It is no placeholder: not a byte changes."""
    assert stored(f"see {text} there").body.decode() == f"see {text} there"


@pytest.mark.parametrize(
    ("live", "recorded", "fitting"),
    [
        ("see dTo1ZWMyZTcw== there", "see dT<redacted:a:1> there", True),
        ("see dT<redacted:b:2> there", "see <redacted:a:1> there", True),
        ("see a-<redacted:b:2> there", "see <redacted:a:1>-<redacted:a:2> there", True),
        ("see a-<redacted:b:2>b there", "see <redacted:a:1>b there", True),
        ("see a=b there", "see <redacted:a:1> there", False),
        ("see dT<redacted:b:2>x there", "see <redacted:a:1> there", False),
    ],
)
def test_a_word_may_be_base64(live: str, recorded: str, fitting: bool) -> None:
    """Where a text holds a placeholder, base64 may stand: with its padding, or with a placeholder of its own."""
    assert fits("bytes", live, recorded) is fitting
