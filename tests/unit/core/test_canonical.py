"""The canonical form: what two requests may differ in and still be the same, and what not."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import quote, quote_plus

import httpx
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.made import canonical, headers, request

from api_mocker._core.canonical import Body, Canonical, Ignore, canonical_body
from api_mocker._core.model import Request
from api_mocker._core.multipart import multipart
from api_mocker.exceptions import UsageError

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=XX"


def body(content: bytes | str, kind: str = JSON, *ignore: str) -> Body:
    content = content.encode() if isinstance(content, str) else content
    return canonical_body(content, headers(content_type=kind), Ignore.parse(ignore))


def same(one: bytes | str, other: bytes | str, kind: str = JSON, *ignore: str) -> bool:
    return body(one, kind, *ignore)[:2] == body(other, kind, *ignore)[:2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1,"b":2}', '{ "b": 2,\n "a": 1 }'),
        ("1", "1.0"),
        ("100", "1e2"),
        ("0.1", "1E-1"),
        ("0", "-0.0"),
        ("1.10", "1.1"),
        ('"\\u00e9"', '"é"'),
        ('"\\/"', '"/"'),
        ("1e400", "10e399"),
        ("123456789012345678901234567890", "123456789012345678901234567890.0"),
        ("0.12345678901234567890123456789012345", "0.123456789012345678901234567890123450"),
        ('{"a":[{"b":1.0}]}', '{"a":[{"b":1}]}'),
    ],
)
def test_the_same_json(one: str, other: str) -> None:
    """JSON is compared by meaning: order of keys, spacing, escapes and ways of writing a number are free."""
    assert body(one).kind == body(other).kind == "json"
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", '"1"'),
        ("1", "true"),
        ("0", "false"),
        ("null", "false"),
        ("null", "0"),
        ('{"a":null}', "{}"),
        ("[1,2]", "[2,1]"),
        ("[]", "{}"),
        ("9007199254740993", "9007199254740992"),
        ("9007199254740993", "9007199254740993.5"),
        ("0.1", "0.10000000000000000000000000000001"),
        ("0.12345678901234567890123456789012345", "0.12345678901234567890123456789012346"),
        ("1e400", "1e401"),
        ('{"A":1}', '{"a":1}'),
        ('"é"', '"e\\u0301"'),
    ],
)
def test_other_json(one: str, other: str) -> None:
    """Another type, another order of a list, another digit however far behind: another body."""
    assert body(one).kind == body(other).kind == "json"
    assert not same(one, other)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '[{"a":{"b":1,"b":2}}]',
        "NaN",
        "[Infinity]",
        "{'a': 1}",
        "{",
        "\ufeff{}",
        "9" * 5000,
        "1e99999999999999999999",
        "[" * 100_000 + "]" * 100_000,
    ],
)
def test_what_json_does_not_say_clearly_is_bytes(text: str) -> None:
    """Duplicate keys, NaN, broken or boundless JSON is compared byte for byte: itself, and nothing else."""
    assert body(text) == Body("bytes", text.encode(), text.encode())
    assert not same(text, f"{text} ")


def test_json_in_another_charset_is_bytes() -> None:
    """JSON is UTF-8; what is not is never read as something else."""
    assert body('{"a":"é"}'.encode("latin-1")).kind == "bytes"


numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(values, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_any_json_is_itself_in_any_layout(value: object, escaped: bool, indent: int | str | None) -> None:
    """However a client writes a JSON value, it is the same body."""
    written = json.dumps(value, ensure_ascii=escaped, indent=indent).encode("utf-8", "surrogatepass")
    again = json.dumps(value, separators=(",", ":")).encode()
    assert same(again, written)


@settings(deadline=None)
@given(values, values)
def test_json_bodies_are_the_same_exactly_when_equal(one: object, other: object) -> None:
    """Two JSON values match exactly when they are equal, a bool being no number."""
    assert same(json.dumps(one), json.dumps(other)) == (_typed(one) == _typed(other))


def _typed(value: object) -> object:
    """The value with what Python calls equal told apart."""
    match value:
        case bool() | None | str():
            return type(value), value
        case int() | float():
            return Decimal(repr(value))
        case list():
            return [_typed(item) for item in value]
        case dict():
            return {key: _typed(item) for key, item in value.items()}
        case _:
            raise AssertionError(value)


@pytest.mark.parametrize(
    "kind",
    [
        "application/problem+json",
        "application/x-amz-json-1.1",
        "text/json",
        "application/json; charset=utf-8",
        "",
    ],
)
def test_what_counts_as_json(kind: str) -> None:
    """JSON is known by its media type, suffix included, and without one by its first character."""
    assert body('{"a": 1}', kind).kind == "json"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/octet-stream", "application/jsonp", "application/x-ndjson"]
)
def test_what_does_not_count_as_json(kind: str) -> None:
    """A body of another type is bytes, whatever it looks like."""
    assert body('{"a": 1}', kind).kind == "bytes"


def test_no_body_is_no_body() -> None:
    """An empty body is none, whatever its type says."""
    assert body("", JSON)[:2] == body("", FORM)[:2] == body("", "")[:2] == ("none", None)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("a=1&b=2", "b=2&a=1", True),
        ("a=1&a=2", "a=2&a=1", True),
        ("a=1&a=1", "a=1", False),
        ("a=b+c", "a=b%20c", True),
        ("a=%e9", "a=%E9", True),
        ("a=%C3%A9", "a=%E9", False),
        ("a=", "a", True),
        ("a=", "", False),
        ("a=1;b=2", "a=1&b=2", False),
        ("a=1", "A=1", False),
    ],
)
def test_forms_are_multisets(one: str, other: str, equal: bool) -> None:
    """A form is a multiset of decoded pairs: order is free, repeats count."""
    assert same(one, other, FORM) == equal


pairs = st.lists(st.tuples(st.text(), st.text()), min_size=1)


@settings(deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_any_form_is_itself_in_any_order(form: list[tuple[str, str]], random: object) -> None:
    """Shuffled and escaped in either way, a form stays the same, and the same query too."""
    pieces = [f"{quote_plus(name)}={quote_plus(value)}" for name, value in form]
    others = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in form]
    random.shuffle(others)  # type: ignore[attr-defined]  # hypothesis hides its class
    assert same("&".join(pieces), "&".join(others), FORM)
    query = [canonical(request(f"https://h/?{'&'.join(side)}")).query for side in (pieces, others)]
    assert query[0] == query[1]
    assert len(query[0]) == len(form)


def test_a_form_that_is_not_ascii_is_bytes() -> None:
    """A form holds ASCII alone (HTML, "URL-encoded form data"); what does not is compared byte for byte."""
    assert body("a=é", FORM).kind == "bytes"


def parts(*items: tuple[str, str], boundary: str = "XX", preamble: str = "") -> str:
    written = "".join(f"--{boundary}\r\n{head}\r\n\r\n{content}\r\n" for head, content in items)
    return f"{preamble}{written}--{boundary}--\r\n"


def field(disposition: str, kind: str = "") -> str:
    return f"Content-Disposition: form-data; {disposition}" + (f"\r\nContent-Type: {kind}" if kind else "")


def test_a_boundary_is_no_part_of_the_meaning() -> None:
    """Multipart bodies are the same part by part, whatever boundary the client made up."""
    items = [(field('name="a"'), "1"), (field('name="f"; filename="x.png"', "image/png"), "\x00--XX \r\n")]
    one = body(parts(*items, boundary="abc"), "multipart/form-data; boundary=abc")
    other = body(parts(*items, boundary="xyz", preamble="hello\r\n"), 'multipart/form-data; boundary="xyz"')
    assert one.kind == "multipart"
    assert one == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('name="a"', 'name="b"'),
        ('name="a"', 'name="a"; filename=""'),
        ('name="a"; filename="x"', 'name="a"; filename="y"'),
        ('name="a;b"', 'name="a;c"'),
        ('name="a"; filename="x; name=y"', 'name="a"; filename="x; name=z"'),
        (r'name="a\"b"', r'name="a\"c"'),
        ("name=\"a\"; filename*=UTF-8''%C3%A9", "name=\"a\"; filename*=UTF-8''%C3%A8"),
    ],
)
def test_parts_differ_by_name_and_file_name(one: str, other: str) -> None:
    """A part's name and file name count, quotes and semicolons in them included."""
    assert body(parts((field(one), "1")), MULTIPART).kind == "multipart"
    assert not same(parts((field(one), "1")), parts((field(other), "1")), MULTIPART)


def test_parts_differ_by_type_content_and_order() -> None:
    """So do the type of a part, what it holds, and the order of the parts."""
    a, b = (field('name="a"'), "1"), (field('name="b"'), "2")
    assert not same(parts(a), parts((field('name="a"', "text/html"), "1")), MULTIPART)
    assert not same(parts(a), parts((field('name="a"'), "2")), MULTIPART)
    assert not same(parts(a, b), parts(b, a), MULTIPART)
    assert same(parts(a), parts((field("name=a"), "1")), MULTIPART)


@pytest.mark.parametrize(
    "content", ["", "--XX", "--XX\r\nno blank line\r\n--XX--", "--YY\r\n\r\n1\r\n--YY--"]
)
def test_what_is_no_multipart_is_none(content: str) -> None:
    """A body that its boundary does not divide is not taken for one that does."""
    assert multipart(content.encode(), "XX") is None
    assert multipart(content.encode(), "") is None


def test_requests_and_httpx_write_the_same_multipart() -> None:
    """The same files, sent by requests and by httpx, have the same canonical form."""
    file, plain, data = ('é;".txt', b"\x00\r\n--\r\n", "text/plain"), ("plain.bin", b"1"), {"a": "1"}
    both: dict[str, tuple[str, bytes] | tuple[str, bytes, str]] = {"f": file, "g": plain}
    one = requests.Request("POST", "http://h/", files=both, data=data).prepare()
    other = httpx.Request("POST", "http://h/", files=both, data=data)
    assert isinstance(one.body, bytes)
    bodies = [
        canonical_body(one.body, headers(content_type=str(one.headers["content-type"])), Ignore()),
        canonical_body(other.read(), headers(content_type=other.headers["content-type"]), Ignore()),
    ]
    assert [[part.name for part in found.value] for found in bodies] == [["a", "f", "g"]] * 2
    assert bodies[0].value[2].content == bodies[1].value[2].content == b"1"


@pytest.mark.parametrize(
    "url",
    [
        "http://h.example/a b/é?q=a b&r=é&s=%2B+",
        "http://h.example/~a/(b)/'c'?x=[1]&y=a|b&z=~",
        "http://h.example/a%2Fb/%7e?q=%7E",
        "http://h.example/%e9?q=%e9",
        "http://H.Example:80?",
        "https://h.example:443/#part",
        "http://[::1]:8080/a",
    ],
)
def test_two_clients_escape_alike_in_the_end(url: str) -> None:
    """requests and httpx escape a URL differently; in the canonical form it is one."""
    one, other = (
        canonical(Request("GET", str(written)))
        for written in (requests.Request("GET", url).prepare().url, httpx.Request("GET", url).url)
    )
    assert (one.scheme, one.host, one.port, one.path, one.query) == (
        other.scheme,
        other.host,
        other.port,
        other.path,
        other.query,
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a%2Fb", "/a/b"),
        ("/a%2Fb", "/a%00b"),
        ("/a%252Fb", "/a%2Fb"),
        ("/a", "/a/"),
        ("/a", "/A"),
        ("/a+b", "/a%20b"),
        ("/%E9", "/%C3%A9"),
        ("/?a=1&a=1", "/?a=1"),
        ("/?a=1", "/?a=1&b="),
        ("/?a=%26b", "/?a=&b"),
        ("/?a=1", "/?A=1"),
    ],
)
def test_other_paths_and_queries(one: str, other: str) -> None:
    """An encoded slash is no slash, case and trailing slashes count, and so do repeats in the query."""
    a, b = (canonical(request(f"https://h{target}")) for target in (one, other))
    assert (a.path, a.query) != (b.path, b.query)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://h", "http://h/"),
        ("http://h/", "HTTP://H:80/"),
        ("https://h/", "https://h:443/#x"),
        ("https://h/?", "https://h/"),
        ("http://[::1]/", "http://[::1]:80/"),
        ("http://[FE80::1]/", "http://[fe80::1]/"),
        ("http://u:p@h/", "http://h/"),
        ("https://h/%7Euser/%61", "https://h/~user/a"),
        ("https://h/a%2fb", "https://h/a%2Fb"),
        ("https://h/?a=1&b=2&a=3", "https://h/?b=2&a=3&a=1"),
    ],
)
def test_the_same_url(one: str, other: str) -> None:
    """Default ports, the case of the host, an empty path, fragments and the order of the query do not count."""
    a, b = (canonical(request(url)) for url in (one, other))
    for name in ("scheme", "host", "port", "path", "query"):
        assert getattr(a, name) == getattr(b, name)


@pytest.mark.parametrize(
    ("entry", "one", "other"),
    [
        ("json:$.id", '{"id":1,"a":2}', '{"a":2,"id":"x"}'),
        ("json:$.id", '{"a":2}', '{"a":2,"id":null}'),
        ("json:$..timestamp", '{"timestamp":1,"a":[{"timestamp":2,"b":3}]}', '{"a":[{"timestamp":4,"b":3}]}'),
        ("json:$.items[*].id", '{"items":[{"id":1},{"id":2}]}', '{"items":[{"id":3},{"id":4}]}'),
        ("json:$['a b']", '{"a b":1}', '{"a b":2}'),
        ("json:$[0]", "[1,2,3]", "[9,2,3]"),
        ("json:$[0,0]", "[1,2,3]", "[9,2,3]"),
        ("json:$[0,-3]", "[1,2,3]", "[9,2,3]"),
        ("json:$['a','a']", '{"a":1}', '{"a":2}'),
        ("json:$[?@.volatile]", '[{"volatile":1},{"b":1}]', '[{"volatile":2},{"b":1}]'),
        ("json:$..*", '{"a":[1,{"b":2}]}', "{}"),
        ("json:$", '{"a":1}', "[2]"),
    ],
)
def test_json_paths_are_left_out(entry: str, one: str, other: str) -> None:
    """What a JSONPath (RFC 9535) selects is left out of the comparison, at any depth, however often selected."""
    assert same(one, other, JSON, entry)
    assert not same(one, other, JSON)


@pytest.mark.parametrize(
    ("entries", "one", "other"),
    [
        (["json:$.id"], '{"id":1,"a":2}', '{"id":1,"a":3}'),
        (["json:$.items[*].id"], '{"items":[{"id":1},{"id":2}]}', '{"items":[{"id":1}]}'),
        (["json:$[0]", "json:$[1]"], "[1,2,3]", "[1,2,4]"),
        (["json:$[0]", "json:$[1]"], "[1,2]", "[1,2,4]"),
        (["json:$.a.b"], '{"a":{"b":1,"c":2}}', '{"a":{"b":1}}'),
    ],
)
def test_only_what_is_named_is_left_out(entries: list[str], one: str, other: str) -> None:
    """What stands beside an ignored value still counts; an index names a place in what was sent."""
    assert not same(one, other, JSON, *entries)


def test_two_indices_leave_out_two_places() -> None:
    """Ignoring the first and the second item leaves both out, and nothing else."""
    assert same("[1,2,3]", "[8,9,3]", JSON, "json:$[0]", "json:$[1]")


def test_too_deep_for_a_path_is_bytes() -> None:
    """A body nested deeper than `..` follows is compared byte for byte."""
    deep = "[" * 200 + '{"a":1}' + "]" * 200
    assert body(deep, JSON, "json:$..a").kind == "bytes"
    assert body(deep, JSON).kind == "json"


def test_query_form_and_header_entries() -> None:
    """query:, form: and header: name one key, one field (also of a multipart body), one header of any case."""
    asked = request("https://h/?ts=1&a=2", accept="a/b", X_Date="now")
    assert canonical(asked, ["query:ts"]).query == (("a", "2"),)
    assert canonical(asked, ["header:x-DATE"]).headers == (("accept", "a/b"),)
    assert same("nonce=1&a=2", "a=2&nonce=3", FORM, "form:nonce")
    assert not same("nonce=1&a=2", "a=2", FORM)
    a, b = (field('name="a"'), "1"), (field('name="nonce"'), "2")
    assert same(parts(a, b), parts(a), MULTIPART, "form:nonce")


def test_headers_of_framing_are_no_headers() -> None:
    """The length, the transfer coding and a multipart boundary say nothing about the request."""
    one = canonical(
        request(content_length="3", transfer_encoding="chunked", content_type="multipart/x; boundary=a")
    )
    other = canonical(request(content_type='multipart/x; boundary="b"'))
    assert one.headers == other.headers == (("content-type", "multipart/x"),)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("jsn:$.a", "did you mean 'json'"),
        ("headers:x", "did you mean 'header'"),
        ("Query:x", "did you mean 'query'"),
        ("query", "is not of the form json:$.path, query:name, form:name or header:name"),
        ("query:", "is not of the form"),
        ("", "is not of the form"),
        ("json:a", "ignore entry 'json:a' is no JSONPath (RFC 9535)"),
        ("json:$[", "ignore entry 'json:$[' is no JSONPath (RFC 9535)"),
    ],
)
def test_a_wrong_entry_is_an_error(entry: str, said: str) -> None:
    """An entry of an unknown kind names the nearest, and a path that is none says what is wrong with it."""
    with pytest.raises(UsageError) as caught:
        Ignore.parse([entry])
    assert said in str(caught.value)


@settings(deadline=None)
@given(st.sampled_from(["GET", "get", "Post"]), st.text("AÉé/%2fF+ ~", max_size=8))
def test_it_can_always_be_made(method: str, path: str) -> None:
    """Any URL that a client can send has a canonical form, and one that does not depend on the method's case."""
    form = Canonical(Request(method, f"https://h/{path}"), Ignore())
    assert form.method == method.upper()
    assert form.path.startswith("/")
