"""Python code of declarations: what is printed means what it was made of, and formatters leave it alone."""

from __future__ import annotations

from unittest.mock import ANY

import pytest

from api_mocker._core import code
from api_mocker._core.code import Call, Lines, Raw, Sum, arguments, call_of, path_of, rendered, value_of
from api_mocker._core.model import Headers, Request

JSON = Headers((("Content-Type", "application/json"),))
FORM = Headers((("Content-Type", "application/x-www-form-urlencoded"),))


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        'a "quoted" one',
        "it's",
        "both ' and \" and ' and \\",
        "back\\slash'",
        "\x00\x1b\u2028\ud800 größe 日本",
        b"bytes \xff' \"",
        {"a": [1, 2.5, None, True, (), ("one",)], "b": {}},
        1e300,
        [1.5e-7, -0.0],
    ],
)
def test_a_literal_is_the_value(value: object) -> None:
    """Whatever is in it, the code of a value is that value again, on one line and on many."""
    assert eval(rendered(value)) == value
    assert eval(rendered(value, before=99)) == value


def test_what_does_not_fit_stands_below_each_other() -> None:
    """Arguments stand on one line of their own where they fit there, else one a line; collections one a line."""
    short = Call("respond_with", (("status", 201), ("json", {"id": 1})))
    assert rendered(short, before=80) == 'respond_with(\n    status=201, json={"id": 1}\n)'
    long = Call("f", (("", "a" * 60), ("json", {"key": "b" * 60})))
    assert rendered(long) == f'f(\n    "{"a" * 60}",\n    json={{"key": "{"b" * 60}"}},\n)'
    assert rendered(["a" * 60, "b" * 60]) == f'[\n    "{"a" * 60}",\n    "{"b" * 60}",\n]'
    only = Call("f", (("json", {"key": "a" * 60, "other": "b" * 60}),))
    assert rendered(only).endswith("\n    }\n)")


def test_long_texts_stand_line_by_line() -> None:
    """Literals below each other are one text; a wide character takes two columns."""
    lines = Lines(("a" * 60 + "\n", "b" * 60 + "\n"))
    assert eval(rendered(lines)) == "".join(map(str, lines.pieces))
    call = Call("str", (("", Lines(("a" * 60, "b" * 60))),))
    assert rendered(call) == f'str(\n    "{"a" * 60}"\n    "{"b" * 60}"\n)'
    assert rendered(Sum(Call("g", (("", ["a" * 60, "b" * 60]),)), "\n")).endswith(')\n+ "\\n"')
    assert "\n" in rendered(Call("f", (("", "日" * 48),)))
    assert "\n" not in rendered(Call("f", (("", "x" * 90),)))


def test_what_was_redacted_may_be_anything() -> None:
    """Placeholders are ANY wherever they stand, numbers that stand in for a secret included."""
    value = {"token": "<redacted:token:1>", "pin": 909_090_001, "n": [1, "Bearer <redacted:token:2>"]}
    assert value_of(value) == {"token": code.ANY, "pin": code.ANY, "n": [1, code.ANY]}
    url = "https://pay.example.com/me?access_token=%3Credacted%3Aaccess_token%3A1%3E&page=1"
    assert arguments(Request("GET", url)) == [("query", {"access_token": code.ANY, "page": "1"})]
    body = b"user=alice&password=%3Credacted%3Apassword%3A1%3E&user=bob"
    sent = Request("POST", "https://pay.example.com/", FORM, body)
    assert arguments(sent) == [("data", {"user": ["alice", "bob"], "password": code.ANY})]


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/users/%3Credacted%3Aid%3A1%3E/{x}", "/users/{id}/%7Bx%7D"),
        ("/bot<redacted:token:1>{y}/send", "/bot{token}%7By%7D/send"),
        ("/<redacted:id:1>/<redacted:id:2>", "/{id}/{id_2}"),
        ("/<redacted:2fa.code:1>", "/{_2fa_code}"),
        ("/a%2Fb", "/a%2Fb"),
    ],
)
def test_a_path_is_a_template_where_it_was_redacted(path: str, template: str) -> None:
    """Each placeholder is a field of its own, and braces that were sent are no fields."""
    assert path_of(path) == template


@pytest.mark.parametrize(
    ("body", "keyword"),
    [
        (b'{"n":1.50}', ("json", {"n": 1.5})),
        (b'{"n":0.1234567890123456789}', ("content", '{"n":0.1234567890123456789}')),
        (b'{"a":1,"a":2}', ("content", '{"a":1,"a":2}')),
        (b"[" * 60 + b"]" * 60, ("content", "[" * 60 + "]" * 60)),
    ],
)
def test_json_is_said_as_json_where_literals_restore_it(body: bytes, keyword: tuple[str, object]) -> None:
    """A number that a float would round, a key twice, and nesting that no compiler takes stay text."""
    assert arguments(Request("POST", "https://a.example.com/", JSON, body)) == [keyword]


def test_a_declaration_on_one_line() -> None:
    """For error texts: the verb, the path, what else matters; a long body is left open."""
    sent = Request("PURGE", "https://a.example.com/c?x=1", Headers(), b"\x00" + b"y" * 500)
    assert call_of(sent) == 'api_mocker.route("PURGE", "/c", query={"x": "1"}, content=ANY)'
    assert eval("ANY", {"ANY": ANY}) is ANY
    assert rendered(Raw("ANY")) == "ANY"


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": -float("inf")}])
def test_what_has_no_literal_is_told(value: object) -> None:
    """NaN and the infinities are names that nobody imported."""
    assert not code.is_literal(value)
