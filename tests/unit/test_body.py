"""Bodies as fields: whatever the bytes, they come back; whatever can be read, is readable."""

from __future__ import annotations

import codecs
import encodings.aliases
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api_mocker._core.body import CODECS, extension_for, is_json, pack, unpack

MEDIA_TYPES = [
    "",
    "application/json",
    "application/vnd.api+json",
    "application/x-ndjson",
    "text/plain",
    "text/event-stream",
    "application/octet-stream",
    "image/png",
    "no media type",
]
CHARSETS = (
    *(None, "", "utf-8", "UTF8", "latin-1", "windows-1252", "utf-16", "utf-16-le", "utf-8-sig", "shift_jis"),
    *(
        "utf-7",
        "idna",
        "punycode",
        "rot13",
        "hex",
        "zip",
        "unicode_escape",
        "undefined",
        "no-such",
        "a\0b",
        "é",
    ),
)

contents = (
    st.binary()
    | st.text().map(str.encode)
    | st.text(alphabet="\r\n\t \x85\u2028\ufeffa\x00\x7f\ufffe:-#'\"\\{}[]", max_size=20).map(str.encode)
    | st.text(alphabet='{}[],:"\\ \n1eu', max_size=12).map(str.encode)
    | st.dictionaries(st.text(), st.text() | st.floats()).map(lambda value: json.dumps(value).encode())
)


@settings(deadline=None, max_examples=500)
@given(content=contents, media_type=st.sampled_from(MEDIA_TYPES), charset=st.sampled_from(CHARSETS))
@example(content=b"+AGE-", media_type="text/plain", charset="utf-7")
@example(content=b"h\0i\0", media_type="text/plain", charset="utf-16-le")
@example(content=b"\xff\xfeh\0", media_type="text/plain", charset="utf-16")
def test_any_bytes_come_back(content: bytes, media_type: str, charset: str | None) -> None:
    """Whatever the bytes, and whatever is said of them, their fields give exactly them back."""
    fields = pack(content, media_type, charset)
    assert unpack(fields) == content
    assert all(type(name) is str and type(value) is str for name, value in fields.items())


@pytest.mark.parametrize("charset", sorted(set(encodings.aliases.aliases.values())))
def test_every_charset_of_this_python_can_be_declared(charset: str) -> None:
    """Bytes come back under each charset that Python knows, those included that are none for texts."""
    for content in (
        bytes(range(256)),
        b"plain",
        "h\xe9llo".encode(),
        "h\xe9llo".encode("utf-16"),
        b"\x1b$B$\x1b(B",
    ):
        assert unpack(pack(content, "text/plain", charset)) == content


@pytest.mark.parametrize(
    ("content", "media_type", "charset", "fields"),
    [
        (b"", "application/json", None, {}),
        (b'{"a":1}', "application/json", None, {"json": '{\n  "a": 1\n}'}),
        (b'{"a":1}\n', "Application/JSON ", None, {"json": '{\n  "a": 1\n}', "layout": "compact+newline"}),
        (b'{"a": [1, 2]}', "", None, {"json": '{\n  "a": [\n    1,\n    2\n  ]\n}', "layout": "spaced"}),
        (b"[]", "application/octet-stream", None, {"json": "[]"}),
        (b"null", "application/problem+json", None, {"json": "null"}),
        (b"1", "text/plain", None, {"text": "1"}),
        (b'"x"', "application/graphql-response+json", None, {"json": '"x"'}),
        (b'{"a":1}\n{"a":2}\n', "application/x-ndjson", None, {"text": '{"a":1}\n{"a":2}\n'}),
        (b'{"a":1}\n', "application/x-ndjson", None, {"text": '{"a":1}\n'}),
        (b'{"a":1,"a":1.00}', "", None, {"json": '{\n  "a": 1,\n  "a": 1.00\n}'}),
        (b'{"a" : 1}', "application/json", None, {"text": '{"a" : 1}'}),
        (b'{"a":NaN}', "application/json", None, {"text": '{"a":NaN}'}),
        (b"\xef\xbb\xbf{}", "application/json", None, {"text": "\ufeff{}"}),
        (b"a\r\nb\n", "text/plain", None, {"text": "a\r\nb\n"}),
        ("a\x85b\u2028c".encode(), "text/plain", None, {"text": "a\x85b\u2028c"}),
        (b"plain", "text/plain", "iso-8859-1", {"text": "plain"}),
        (b"h\xe9", "text/plain", "ISO-8859-1", {"text": "h\xe9", "charset": "iso8859-1"}),
        (b"h\xe9", "text/plain", None, {"base64": "aOk="}),
        (b"h\xe9", "text/plain", "no-such", {"base64": "aOk="}),
        (b"h\xc3\xa9", "text/plain", "us-ascii", {"text": "h\xe9"}),
        (b"h\0i\0", "text/plain", "utf-16-le", {"text": "hi", "charset": "utf-16-le"}),
        (b"\x93hi\x94", "text/html", "windows-1252", {"text": "\u201chi\u201d", "charset": "cp1252"}),
        (b"\x89PNG\r\n", "image/png", None, {"base64": "iVBORw0K"}),
        (b"a\0b", "text/plain", None, {"base64": "YQBi"}),
        (b"\x1b[0m", "text/plain", None, {"base64": "G1swbQ=="}),
        (b"a\x7f", "text/plain", None, {"base64": "YX8="}),
        ("\x80".encode(), "text/plain", None, {"base64": "woA="}),
        ("\ufffe".encode(), "text/plain", None, {"base64": "77++"}),
    ],
)
def test_the_most_readable_codec_wins(
    content: bytes, media_type: str, charset: str | None, fields: dict[str, str]
) -> None:
    """JSON is laid out, text is text in its own charset, and only what is neither is base64."""
    assert pack(content, media_type, charset) == fields
    assert unpack(fields) == content


def test_base64_comes_in_lines_of_76_columns() -> None:
    """Binary content is broken into the lines of MIME, without a line end after the last."""
    lines = pack(bytes(range(256)), "", None)["base64"].split("\n")
    assert [len(line) for line in lines] == [76, 76, 76, 76, 40]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"jsno": "1"}, r"a body is one of json, text, base64; this one holds none of them"),
        ({"layout": "compact"}, r"holds none of them"),
        ({"json": "1", "text": "1"}, r"this one holds json and text"),
        ({"json": "1", "charset": "utf-8"}, r"'charset' means nothing beside 'json'"),
        ({"text": "1", "layout": "compact"}, r"'layout' means nothing beside 'text'"),
        ({"base64": "", "colour": "red"}, r"'colour' means nothing beside 'base64'"),
        ({"json": "{"}, r"this is no JSON: .* line 1, column 2"),
        ({"json": "1", "layout": "loose"}, r"there is no layout 'loose'"),
        ({"json": '"\ud800"'}, r"the charset utf-8 has no U\+D800"),
        ({"text": "\ud800"}, r"the charset utf-8 has no U\+D800"),
        ({"text": "\u20ac", "charset": "latin-1"}, r"the charset latin-1 has no U\+20AC"),
        ({"text": "a", "charset": "no-such"}, r"there is no charset 'no-such'"),
        ({"text": "a", "charset": "hex"}, r"there is no charset 'hex'"),
        ({"text": "a", "charset": "idna"}, r"there is no charset 'idna'"),
        ({"base64": "a"}, r"this is no base64: "),
        ({"base64": "YQ=\n"}, r"this is no base64: "),
        ({"base64": "YQ==!"}, r"this is no base64: "),
        ({"base64": "\xe9\xe9\xe9\xe9"}, r"this is no base64: "),
    ],
)
def test_fields_that_hold_no_body_say_why(fields: dict[str, str], reason: str) -> None:
    """Missing, contradicting, unknown and broken fields are refused in plain words."""
    with pytest.raises(ValueError, match=reason):
        unpack(fields)


def test_fields_edited_by_hand_are_read() -> None:
    """Edited JSON goes out in the recorded layout, base64 may be broken into any lines."""
    assert unpack({"json": '{"a":\n[ 1 ]}\n', "layout": "spaced"}) == b'{"a": [1]}'
    assert unpack({"base64": " aGVs\n\tbG8=\n"}) == b"hello"
    assert unpack({"text": "h\xe9", "charset": "latin1"}) == b"h\xe9"


def test_the_fields_of_a_body_are_those_of_the_table() -> None:
    """The names of the fields stand in files that people keep."""
    assert {name: sorted(codec.options) for name, codec in CODECS.items()} == {
        "json": ["layout"],
        "text": ["charset"],
        "base64": [],
    }


@pytest.mark.parametrize("charset", ["iso8859-1", "cp1252", "utf-16-le", "shift_jis"])
def test_the_charset_that_is_written_down_is_known_by_that_name(charset: str) -> None:
    """The name given for a charset is the one under which Python itself knows it."""
    assert codecs.lookup(charset).name == charset
    assert pack("ab\xe9\u3042".encode(charset, "ignore") + "A".encode(charset), "text/plain", charset).get(
        "charset"
    ) in (
        charset,
        None,
    )


@pytest.mark.parametrize(
    ("media_type", "extension"),
    [
        ("application/json", ".json"),
        ("application/ld+json", ".json"),
        ("application/x-ndjson", ".txt"),
        ("text/html", ".html"),
        ("text/plain", ".txt"),
        ("text/x-made-up", ".txt"),
        ("Image/PNG", ".png"),
        ("image/jpeg", ".jpg"),
        ("image/svg+xml", ".svg"),
        ("image/vnd.adobe.photoshop", ".bin"),
        ("font/woff2", ".woff2"),
        ("application/atom+xml", ".xml"),
        ("application/pdf", ".pdf"),
        ("application/octet-stream", ".bin"),
        ("application/x-sh", ".bin"),
        ("image/../../x", ".bin"),
        ("image/a/b", ".bin"),
        ("", ".bin"),
    ],
)
def test_extensions_are_those_people_know(media_type: str, extension: str) -> None:
    """A file is called by what it holds; what a server says of it never gets into the name unread."""
    assert extension_for(media_type) == extension


def test_json_lines_are_no_json() -> None:
    """One JSON text is JSON by any of its names; a stream of them is not."""
    assert is_json("application/json")
    assert is_json("application/problem+json")
    assert is_json("text/json")
    assert not is_json("application/json-seq")
    assert not is_json("application/x-ndjson")
    assert not is_json("text/plain")
