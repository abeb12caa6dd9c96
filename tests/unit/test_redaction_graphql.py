"""Redaction of GraphQL: values of secret arguments go, wherever the document stands; the document stays one."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._core.canonical import Canonical, Ignore
from api_mocker._core.model import Headers, Request
from api_mocker._core.redaction import Redactor, Rules
from api_mocker._core.secret_fields import Spot
from api_mocker._core.secret_graphql import read_document

GRAPHQL = "application/graphql"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
NAMES = Rules.default().field_names


def request(body: str, kind: str = JSON, url: str = "https://h/g") -> Request:
    return Request("POST", url, Headers((("Content-Type", kind),)), body.encode())


def redacted(body: str, kind: str = JSON, url: str = "https://h/g") -> Request:
    return Redactor(Rules.default()).request(request(body, kind, url))


DOCUMENTS = [
    ('{ a(password: "x 1", b: "y") { c } }', '{ a(password: "<redacted:password:1>", b: "y") { c } }'),
    ('{ a(apiKey: """x-1""") }', '{ a(apiKey: """<redacted:apikey:1>""") }'),
    ('{ a(apiKey: """\n  x "1" \\"""2\n""") }', '{ a(apiKey: """\n  <redacted:apikey:1>\n""") }'),
    ('{ a(password: # the "one"\n  "x1") }', '{ a(password: # the "one"\n  "<redacted:password:1>") }'),
    ('{ a(password:\n"x1") }', '{ a(password:\n"<redacted:password:1>") }'),
    ('{ a(token: ["x1"]) }', '{ a(token: ["<redacted:token:1>"]) }'),
    ('{ a(tokens: ["x-y-z-1", "Hello"]) }', '{ a(tokens: ["<redacted:token:1>", "Hello"]) }'),
    ('{ a(in: {secret: {b: "x1"}}) }', '{ a(in: {secret: {b: "<redacted:secret:1>"}}) }'),
    ('{ a @auth(token: "x1") }', '{ a @auth(token: "<redacted:token:1>") }'),
    ('query($token: T! = "x1") { a }', 'query($token: T! = "<redacted:token:1>") { a }'),
    ('query($p: [T!] = ["x1"]) { a(pin: $p) }', 'query($p: [T!] = ["<redacted:pin:1>"]) { a(pin: $p) }'),
    ('{ a(password: "cut', '{ a(password: "<redacted:password:1>'),
    ('{ a(password: """cut', '{ a(password: """<redacted:password:1>'),
]


@pytest.mark.parametrize(("document", "stored"), DOCUMENTS)
def test_values_of_secret_arguments(document: str, stored: str) -> None:
    """In whatever form the language writes a value; nothing else of the document changes."""
    assert redacted(document, GRAPHQL).body.decode() == stored
    assert json.loads(redacted(json.dumps({"query": document})).body) == {"query": stored}
    assert redacted(stored, GRAPHQL).body.decode() == stored


@pytest.mark.parametrize(("document", "stored"), DOCUMENTS)
def test_documents_in_queries_and_forms(document: str, stored: str) -> None:
    """The parameter `query`, with blanks as a plus or not."""
    for url in (f"https://h/g?query={quote(document)}", f"https://h/g?{urlencode({'query': document})}"):
        assert parse_qs(urlsplit(redacted("", url=url).url).query) == {"query": [stored]}
    form = redacted(urlencode({"query": document}), FORM).body.decode()
    assert parse_qs(form) == {"query": [stored]}


@pytest.mark.parametrize(
    "document",
    [
        '{ token: login(name: "bob") { token { id(n: "1") } } }',
        "{ a(password: $p, token: null, secret: PLAIN) { password token } }",
        '{ a(tokens: ["Hello", "world"], page: "x1") { b } } # password: "x1"',
        'query($p: String = "x1") { a(b: $p) { token } }',
        '{ a(b: """ password: "" """) { token } }',
    ],
)
def test_what_is_no_secret_stays(document: str) -> None:
    """Aliases, fields, names of values, comments and texts name nothing."""
    assert read_document(document, NAMES).spots == []


QUERY = "mutation L($p: String!, $n: Int) { login(password: $p, n: $n) { id } }"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ({"p": "x1", "n": 5}, {"p": "<redacted:password:1>", "n": 5}),
        ({"n": 5, "o": {"p": "x1"}}, {"n": 5, "o": {"p": "x1"}}),
        ({"p": {"any": ["x1"]}}, {"p": {"any": ["<redacted:password:1>"]}}),
        ({"p": 48271}, {"p": 909090001}),
    ],
)
def test_a_variable_that_is_put_into_a_secret_argument(value: object, stored: object) -> None:
    """It is a secret whatever it is called, in each way in which variables are sent."""
    assert json.loads(redacted(json.dumps({"variables": value, "query": QUERY})).body)["variables"] == stored
    said = json.dumps({"query": QUERY, "variables": json.dumps(value)})
    assert json.loads(json.loads(redacted(said).body)["variables"]) == stored
    pairs = urlencode({"query": QUERY, "variables": json.dumps(value)})
    for text in (
        redacted(pairs, FORM).body.decode(),
        urlsplit(redacted("", url=f"https://h/?{pairs}").url).query,
    ):
        assert json.loads(parse_qs(text)["variables"][0]) == stored
    part = '--B\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = part.format("query", QUERY) + part.format("variables", json.dumps(value)) + "--B--\r\n"
    hidden = redacted(body, "multipart/form-data; boundary=B").body.decode()
    assert hidden == body.replace(json.dumps(value), json.dumps(stored))


def test_variables_belong_to_the_document_beside_them() -> None:
    """In a batch another operation may call something else so."""
    asked = [{"query": QUERY, "variables": {"p": "x1"}}, {"query": "{a(b:$p)}", "variables": {"p": "y1"}}]
    stored = json.loads(redacted(json.dumps(asked)).body)
    assert [each["variables"]["p"] for each in stored] == ["<redacted:password:1>", "y1"]


def test_what_is_called_query_and_is_no_document_stays() -> None:
    """A search is no GraphQL, and what no rule finds in it is sent back as the same object."""
    for body in (
        {"query": {"match": {"a": {"query": "b {c: d}"}}}, "variables": "x"},
        {"query": "{status: open} signed $x"},
    ):
        asked = request(json.dumps(body))
        assert Redactor(Rules.default()).request(asked) is asked


def test_json_under_the_media_type_of_documents() -> None:
    """Some clients send the JSON of a request as application/graphql."""
    body = json.dumps({"query": QUERY, "variables": {"p": "x1"}})
    assert b"x1" not in redacted(body, GRAPHQL).body


def test_a_request_matches_with_other_credentials() -> None:
    """The live side is redacted as the recorded one was, so any value may be sent."""

    def asked(value: str) -> Canonical:
        document = f'mutation($p: T) {{ a(apiKey: """{value}""", password: $p) {{ id }} }}'
        return Canonical(redacted(json.dumps({"query": document, "variables": {"p": value}})), Ignore())

    assert asked("x-1").body.key == asked("another").body.key


def test_many_variables_in_one_another_take_no_longer() -> None:
    """Variables that hold documents with variables are looked into as deep as JSON in JSON is, once each."""
    body = '{"query": "{a(pin: $v)}", "variables": ' * 300 + '{"v": "x-1"}' + "}" * 300
    assert redacted(body).body.startswith(b'{"query": "{a(pin: $v)}"')


@given(st.text('{}()[]:=$"#\\ \n,.!abpin1', max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    """Whatever stands there, what is found are places in it."""
    for spot in read_document(text, NAMES).spots:
        assert isinstance(spot, Spot)
        assert 0 <= spot.start <= spot.end <= len(text)
        assert spot.name == "pin"
