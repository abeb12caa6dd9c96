"""Rules of one's own: functions that find secrets, and places where nothing is hidden on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api_mocker._config import Config, config_of, written
from api_mocker._core.known_values import Known
from api_mocker._core.model import Headers, Interaction, Request, Response
from api_mocker._core.redaction import Redactor, Rules
from api_mocker.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

JSON = Headers((("Content-Type", "application/json"),))
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"


def redactor(**more: object) -> Redactor:
    return Redactor(Rules.default().extended(**more))  # type: ignore[arg-type]  # keywords of one test


def sent(url: str = "https://h/", headers: Headers | None = None, body: str = "") -> Request:
    return Request("POST", url, headers or Headers(()), body.encode())


def member_numbers(text: str) -> Iterable[str | tuple[int, int]]:
    """Member numbers, some as places and some as themselves."""
    at = text.find("M#")
    if at >= 0:
        yield at + 2, at + 6
    if "shy" in text:
        yield "shy"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (sent("https://h/M#4711"), "https://h/M#<redacted:member_numbers:1>"),
        (sent("https://h/a/N#4711"), "https://h/a/N#4711"),
    ],
)
def test_a_function_finds_secrets_in_urls(given: Request, stored: str) -> None:
    """It is asked about the text as it is."""
    assert redactor(functions=[member_numbers]).request(given).url == stored


def test_a_function_finds_secrets_in_bodies_headers_and_messages() -> None:
    """By place, and by value: of a value, every place counts, however short it is."""
    one = redactor(functions=[member_numbers])
    body = one.request(sent(body='{"a": "M#4711", "b": "shy and shy"}', headers=JSON)).body
    assert body == (
        b'{"a": "M#<redacted:member_numbers:1>", '
        b'"b": "<redacted:member_numbers:2> and <redacted:member_numbers:2>"}'
    )
    answer = one.response(Response(200, Headers((("X-Member", "M#4711"),)), b""))
    assert answer.headers.get("x-member") == "M#<redacted:member_numbers:1>"
    assert one.text("no M#4711 here") == "no M#<redacted:member_numbers:1> here"
    assert one.request(sent(body=body.decode(), headers=JSON)).body == body  # a placeholder is none


def test_what_a_function_finds_is_sought_everywhere() -> None:
    """As what any rule finds."""
    interactions = [
        Interaction(sent("https://h/orders/K7-1234-5678"), Response(200, Headers(()), b"")),
        Interaction(sent("https://h/"), Response(200, Headers(()), b"code: K7-1234-5678")),
    ]
    sealed = redactor(functions=[lambda text: ["K7-1234-5678"] if "code" in text else []]).seal(interactions)
    assert sealed[0].request.url == "https://h/orders/<redacted:secret:1>"


def broken(text: str) -> Iterable[str]:
    raise LookupError(text)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (broken, "redact.functions: broken failed (LookupError)"),
        (lambda text: text, "redact.functions: secret failed (TypeError)"),
        (lambda _: None, "redact.functions: secret failed (TypeError)"),
        (lambda _: [3], "redact.functions: secret found a int that is neither"),
        (lambda _: [(0, 99_999)], "redact.functions: secret found a tuple that is neither"),
        (lambda _: [(3, 2)], "redact.functions: secret found a tuple that is neither"),
    ],
)
def test_a_function_that_fails_hides_nothing_by_mistake(function: object, said: str) -> None:
    """It is an error, and the error does not quote the text."""
    with pytest.raises(UsageError) as caught:
        redactor(functions=[function]).request(sent("https://h/hush-hush"))
    assert said in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("keep", "body", "stored"),
    [
        ("json:$.password", '{"password": "ETH", "a": {"password": "x"}}', '{"password": "ETH", "a": {"password": "<redacted:password:1>"}}'),
        ("json:$..password", '{"password": "ETH", "a": {"password": "x"}}', '{"password": "ETH", "a": {"password": "x"}}'),
        ("json:$.secrets", '{"secrets": [{"secret": "a", "pin_token": 12}]}', '{"secrets": [{"secret": "a", "pin_token": 12}]}'),
        ("json:$.sample", f'{{"sample": "{JWT}"}}', f'{{"sample": "{JWT}"}}'),
        ("json:$.nothing", '{"password": "ETH"}', '{"password": "<redacted:password:1>"}'),
        ("json:$.password", '{"password": "ETH"', '{"password": "<redacted:password:1>"'),  # cut off: it has no places
    ],
)  # fmt: skip
def test_what_is_kept_in_json(keep: str, body: str, stored: str) -> None:
    """Neither its name nor its form makes it a secret; other places are none of it."""
    one = redactor(keep=[keep])
    assert one.request(sent(body=body, headers=JSON)).body.decode() == stored
    assert one.response(Response(200, JSON, stored.encode())).body.decode() == stored


def test_what_is_kept_in_queries_forms_parts_and_headers() -> None:
    """By the same grammar as `ignore`; a request header that is kept is stored."""
    one = redactor(keep=["query:key", "form:token", "header:X-Api-Key", "header:cookie"])
    form = Headers((("Content-Type", "application/x-www-form-urlencoded"), ("X-Api-Key", "public-key-1")))
    request = sent("https://h/?key=AIzaSyA1234567890&token=t0ken", form, "token=usd%20coin&password=p")
    stored = one.request(request)
    assert stored.url == "https://h/?key=AIzaSyA1234567890&token=<redacted:token:1>"
    assert stored.headers.get("x-api-key") == "public-key-1"
    assert stored.body == b"token=usd%20coin&password=<redacted:password:1>"
    cookies = one.request(sent(headers=Headers((("Cookie", "a=1; sessionid=0123456789abcdef"),))))
    assert cookies.headers.get("cookie") == "a=1; sessionid=0123456789abcdef"
    parts = Headers((("Content-Type", "multipart/form-data; boundary=b"),))
    text = '--b\r\nContent-Disposition: form-data; name="token"\r\n\r\nETH\r\n--b--\r\n'
    assert one.request(sent(body=text, headers=parts)).body.decode() == text


def test_what_is_kept_in_one_place_is_hidden_where_it_is_a_secret() -> None:
    """A value that another message shows to be secret is hidden at the kept place, too."""
    secret = "s3cr3t-4711-value"
    interactions = [
        Interaction(sent(body=f'{{"symbol_token": "{secret}"}}', headers=JSON)),
        Interaction(sent(f"https://h/?access_token={secret}")),
    ]
    sealed = redactor(keep=["json:$.symbol_token"]).seal(interactions)
    assert secret not in sealed[0].request.body.decode() + sealed[1].request.url


def test_a_known_value_is_kept_nowhere() -> None:
    """What the environment knows to be secret outweighs what is kept."""
    one = redactor(keep=["json:$.token"], values=[Known("MY_TOKEN", "s3cr3t-4711")])
    assert one.request(sent(body='{"token": "s3cr3t-4711"}', headers=JSON)).body == (
        b'{"token": "<redacted:token:1>"}'
    )


def test_both_are_read_and_add_up() -> None:
    """Over the levels, as all of redact does."""
    project = config_of({"redact": {"keep": ["query:key"]}}, "p")
    call = project.over({"redact": {"keep": ["json:$.a"], "functions": [member_numbers]}}, "c", "call")
    assert call.redact == {"keep": ("query:key", "json:$.a"), "functions": (member_numbers,)}
    assert written(project.redact) == '{ keep = ["query:key"] }'


@pytest.mark.parametrize(
    ("redact", "said"),
    [
        ({"keep": ["quer:key"]}, "here: redact.keep: entry 'quer:key' is not of the form json:$.path"),
        ({"keep": ["json:$["]}, "here: redact.keep: entry 'json:$[' is no JSONPath"),
        ({"keep": "query:key"}, "here: redact.keep must be a list of strings"),
        ({"functions": ["re.findall"]}, "here: redact.functions must be a list of functions, which only code can give"),
        ({"functions": member_numbers}, "here: redact.functions must be a list of functions"),
        ({"fields": [""]}, "here: redact.fields: '' is no name"),
        ({"functoins": []}, "did you mean 'functions'?"),
    ],
)  # fmt: skip
def test_a_mistake_says_where_it_stands(redact: dict[str, object], said: str) -> None:
    """And what would be right."""
    with pytest.raises(UsageError) as caught:
        Config().over({"redact": redact}, "here", "project")
    assert said in str(caught.value)
