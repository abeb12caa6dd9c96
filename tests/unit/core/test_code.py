"""Declarations as code: what is printed can be run, and takes what it was made of."""

from __future__ import annotations

import ast
import json
from unittest.mock import ANY
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.made import canonical, request
from tests.unit.core.mocked import FORM, JSON, mocker, takes

from api_mocker._core.code import WIDTH, Call, Raw, call_of, path_of, rendered, width
from api_mocker._core.model import Headers, Request
from api_mocker._core.near_misses import Eye
from api_mocker._core.redaction import Redactor, Rules
from api_mocker._core.routes import Route

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from(
    [
        "{x}",
        "%7B",
        "a/b",
        "?",
        "#",
        '"',
        "'",
        "\\",
        "\n",
        "\x1b[31m",
        "\u2028",
        "\u202e",
        "a'\"b",
        "<redacted:a:1>",
    ]
)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=4)


@st.composite
def multiparts(draw: st.DrawFn) -> bytes:
    """Fields and files in any order, some fields with a type of their own."""
    body = b""
    for name in draw(st.lists(NAMES, max_size=4)):
        body += f'--B\r\nContent-Disposition: form-data; name="{name}"'.encode()
        body += draw(st.sampled_from([b"", b"", b'; filename="f.bin"', b'; filename=""']))
        body += draw(st.sampled_from([b"", b"\r\nContent-Type: text/plain"]))
        body += b"\r\n\r\n" + draw(st.binary(max_size=6)).replace(b"\r\n--B", b"") + b"\r\n"
    return body + b"--B--\r\n"


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Any request: methods, paths, queries and bodies of each kind, well formed or not."""
    path = "".join(
        "/" + quote(draw(TEXTS), safe=draw(st.sampled_from(["", "{}'\"+"])))
        for _ in range(draw(st.integers(0, 3)))
    )
    query = draw(
        st.just("") | PAIRS.map(urlencode) | st.sampled_from(["a", "a=%FF", "=", "&&", "a=1&a=2&b=+"])
    )
    body, kind = draw(
        st.one_of(
            st.just((b"", "")),
            VALUES.map(lambda value: (json.dumps(value).encode(), JSON)),
            st.sampled_from(["1e400", "0.1000000000000000055", "1E5", "-0.0", '{"a":1,"a":2}', '"\\ud800"', "[1"]).map(lambda text: (text.encode(), JSON)),
            PAIRS.map(lambda pairs: (urlencode(pairs).encode(), FORM)),
            st.sampled_from([b"a=%FF", b"\xff"]).map(lambda body: (body, FORM)),
            multiparts().map(lambda body: (body, "multipart/form-data; boundary=B")),
            st.tuples(st.binary(max_size=300), st.sampled_from(["", "text/plain", "application/octet-stream", JSON])),
        )
    )  # fmt: skip
    url = f"https://api.example.com{path}" + (f"?{query}" if query else "")
    headers = Headers.of([("Content-Type", kind)] if kind else [])
    return Request(draw(st.sampled_from(["GET", "POST", "PUT", "PURGE", "M-SEARCH"])), url, headers, body)


def declared(code: str) -> Route:
    """The route that the code declares."""
    route = eval(code, {"api_mocker": mocker(), "ANY": ANY})  # that it can be evaluated is the promise
    assert isinstance(route, Route)
    return route


@given(requests())
def test_a_declaration_takes_the_request_it_was_made_of(sent: Request) -> None:
    """What an error proposes is one line of code, and takes that very request."""
    known = Redactor(Rules.default()).request(sent)
    code = call_of(known)
    assert code.isprintable()
    assert takes(declared(code), sent) is not None
    assert takes(declared(code), known) is not None


@given(requests(), requests())
def test_a_difference_is_told_exactly_where_a_request_is_not_taken(one: Request, other: Request) -> None:
    """Whatever keeps a request from a route has a line; and where nothing does, nothing is told."""
    route = declared(call_of(one))
    for sent in (one, other):
        told = Eye(route._router, sent).differences(route.declared)
        assert bool(told) is (takes(route, sent) is None)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (request("https://h"), 'api_mocker.get("/")'),
        (request("https://h/a/{b}?x=1&y=&x=2"), 'api_mocker.get("/a/%7Bb%7D", query={"x": ["1", "2"], "y": ""})'),
        (request("https://h/a%2Fb%20c"), 'api_mocker.get("/a%2Fb%20c")'),
        (request("https://h/a", '{"a":[1,true,null,1.5]}', content_type=JSON), 'api_mocker.post("/a", json={"a": [1, True, None, 1.5]})'),
        (request("https://h/a", "1e400", content_type=JSON), 'api_mocker.post("/a", content="1e400")'),
        (request("https://h/a", "b=1&a=2", content_type=FORM), 'api_mocker.post("/a", data={"b": "1", "a": "2"})'),
        (request("https://h/a", b"it's \xff"), """api_mocker.post("/a", content=b"it's \\xff")"""),
        (request("https://h/a", '"say \\"hi\\""', content_type=JSON), """api_mocker.post("/a", json='say "hi"')"""),
        (request("https://h/a", "x" * 300), 'api_mocker.post("/a", content=ANY)'),
        (request("https://h/a", method="PURGE"), 'api_mocker.route("PURGE", "/a")'),
        (request("https://h/a?X-Amz-Signature=<redacted:x-amz-signature:1>&X-Amz-Date=20260101T000000Z"), 'api_mocker.get("/a", query={"X-Amz-Signature": ANY})'),
        (request("https://h/a?token=<redacted:token:1>", '{"password":"<redacted:password:1>","n":1}', content_type=JSON), 'api_mocker.post("/a", query={"token": ANY}, json={"password": ANY, "n": 1})'),
        (request("https://h/bot<redacted:token:1>/send"), 'api_mocker.get("/bot{token}/send")'),
    ],
)  # fmt: skip
def test_declarations(sent: Request, code: str) -> None:
    """Each part in the words that people use; what was redacted is ANY, or a field of a template."""
    assert call_of(sent) == code
    assert takes(declared(code), sent) is not None


def test_multipart_declarations() -> None:
    """Fields are data, files are files."""
    body = (
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nhi\r\n--B--\r\n'
    )
    sent = request("https://h/a", body, content_type="multipart/form-data; boundary=B")
    assert call_of(sent) == (
        'api_mocker.post("/a", data={"a": "1"}, files=[("f", ("x.txt", b"hi", "text/plain"))])'
    )


def test_several_redacted_parts_of_a_path() -> None:
    """Each becomes a field with a name of its own."""
    path = path_of("/a/<redacted:api-key:1>/<redacted:api-key:2>/%3Credacted:1st:1%3E/{x}")
    assert path == "/a/{api_key}/{api_key_2}/{_1st}/%7Bx%7D"
    assert takes(mocker().get(path), request("http://h/a/1/2/3/%7Bx%7D")) == {"api_key": "1", "api_key_2": "2", "_1st": "3"}  # fmt: skip


@given(VALUES, st.integers(0, 60))
def test_values_are_laid_out(value: object, before: int) -> None:
    """Code of a value means the value, however it is broken into lines; and a line is as long as it may be, at most."""
    code = rendered(value, before, 4, 1)
    assert ast.literal_eval(code) == value
    if "\n" in code:
        assert before + width(rendered(value, 0, 0, -(10**9))) + 1 > WIDTH


def test_layout() -> None:
    """What fits stands on one line; what does not, one item a line, as formatters have it."""
    call = Call("f", (("", "a"), ("json", {"k": [1, 2], "any": Raw("ANY")}), ("t", (1,))))
    assert rendered(call) == 'f("a", json={"k": [1, 2], "any": ANY}, t=(1,))'
    assert rendered(Call("f", (("", "a" * 60), ("json", {"k": "b" * 60})))) == (
        f'f(\n    "{"a" * 60}",\n    json={{"k": "{"b" * 60}"}},\n)'
    )


def test_what_is_proposed_is_what_is_compared() -> None:
    """The declaration of a request with numbers that a float would lose is of its bytes."""
    sent = request("https://h/a", "0.10000000000000000001", content_type=JSON)
    assert canonical(sent).body.kind == "json"
    assert takes(declared(call_of(sent)), sent) is not None
    assert takes(declared(call_of(sent)), request("https://h/a", "0.1", content_type=JSON)) is None
