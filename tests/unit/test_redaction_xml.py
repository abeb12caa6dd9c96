"""Redaction of XML: secrets go, a parser still reads it, and everything else stays byte for byte."""

from __future__ import annotations

import html
import json
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._core.canonical import Canonical, Ignore
from api_mocker._core.masked import masked_match
from api_mocker._core.model import Headers, Interaction, Request, Response
from api_mocker._core.placeholders import PLACEHOLDER, highest
from api_mocker._core.redaction import Redactor, Rules

XML = Headers((("Content-Type", "application/xml"),))
JSON = Headers((("Content-Type", "application/json"),))
SECRET = "s3cr3t-value-1"


def redacted(body: str, headers: Headers = XML) -> str:
    return Redactor(Rules.default()).response(Response(200, headers, body.encode())).body.decode()


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("<a><Password>x</Password></a>", "<a><Password>&lt;redacted:password:1&gt;</Password></a>"),
        ("<a><s:apiKey\n>\n x \n</s:apiKey></a>", "<a><s:apiKey\n>\n &lt;redacted:apikey:1&gt; \n</s:apiKey></a>"),
        ('<a token="x" b="1>0"/>', '<a token="&lt;redacted:token:1&gt;" b="1>0"/>'),
        ("<a s:token = 'x' b='y'>z</a>", "<a s:token = '&lt;redacted:token:1&gt;' b='y'>z</a>"),
        ("<token><![CDATA[x]]></token>", "<token><![CDATA[<redacted:token:1>]]></token>"),
        ("<secret><name>n</name><v>x</v></secret>", "<secret><name>n</name><v>&lt;redacted:secret:1&gt;</v></secret>"),
        ('<token xmlns="urn:t" type="a">x</token>', '<token xmlns="urn:t" type="a">&lt;redacted:token:1&gt;</token>'),
        ("<a><token>x", "<a><token>&lt;redacted:token:1&gt;"),
        ("<a><token>&lt;redacted:token:1&gt;</token></a>", "<a><token>&lt;redacted:token:1&gt;</token></a>"),
        ("<a><token/>x<token></token> <b>y</b></a>", "<a><token/>x<token></token> <b>y</b></a>"),
        ("<a><NextToken>x1</NextToken></a>", "<a><NextToken>x1</NextToken></a>"),
        ("<a><!-- <token>x</token> --><?p <token>x?></a>", "<a><!-- <token>x</token> --><?p <token>x?></a>"),
    ],
)  # fmt: skip
def test_names_are_sought_in_elements_and_attributes(text: str, stored: str) -> None:
    """An element counts by its local name and with all it holds; XML that was cut off counts as well."""
    assert redacted(text) == stored


@pytest.mark.parametrize(
    "content_type", ["text/xml; charset=utf-8", "application/soap+xml", "image/svg+xml", ""]
)
def test_xml_is_known_by_its_type_or_its_declaration(content_type: str) -> None:
    """Whatever the type is called, and where there is none."""
    headers = Headers((("Content-Type", content_type),)) if content_type else Headers(())
    text = redacted(f"<?xml version='1.0'?><password>{SECRET}</password>", headers)
    assert ET.fromstring(text).text == "<redacted:password:1>"


def test_what_has_the_form_of_a_secret_and_what_was_learnt_leave_xml_well_formed() -> None:
    """Patterns and echoes, too, are replaced so that a parser reads the placeholder."""
    body = f"<r><Id>AKIAABCDEFGHIJKLMNOP</Id><Token>{SECRET}</Token><Said>so {SECRET}!</Said></r>"
    said = [element.text for element in ET.fromstring(redacted(body))]
    assert said == ["<redacted:aws_access_key_id:1>", "<redacted:token:1>", "so <redacted:token:1>!"]


def test_an_entity_is_read_before_a_value_is_learnt() -> None:
    """The value that an entity spells is found where it stands plainly."""
    first = Response(200, XML, b"<token>a&amp;b&#x20;c&lt;12345</token>")
    second = Response(200, Headers((("Content-Type", "text/plain"),)), b"is a&b c<12345")
    one = Redactor(Rules.default())
    assert one.response(first).body == b"<token>&lt;redacted:token:1&gt;</token>"
    assert one.response(second).body == b"is <redacted:token:1>"


def test_a_request_in_xml_matches_with_other_credentials() -> None:
    """A placeholder in XML is one in any number, and stands for any value where none is sent."""

    def asked(body: bytes) -> Canonical:
        request = Request("POST", "https://h/", XML, body)
        return Canonical(Redactor(Rules.default()).request(request), Ignore())

    recorded = asked(b"<e><Password>&lt;redacted:password:7&gt;</Password><id>7</id></e>")
    assert masked_match(asked(b"<e><Password>any</Password><id>7</id></e>"), recorded)
    assert not masked_match(asked(b"<e><Password>any</Password><id>8</id></e>"), recorded)
    echoed = asked(b"<e><id>&lt;redacted:password:7&gt;</id></e>")
    assert masked_match(asked(b"<e><id>any</id></e>"), echoed)


def test_numbers_that_stand_in_xml_are_taken() -> None:
    """What is recorded later does not give a number twice."""
    assert highest("<token>&lt;redacted:token:4&gt;</token>") == {"token": 4}


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
_TAGS = st.sampled_from(["password", "item", "ns.token", "secret-key", "Type"])


@st.composite
def _documents(draw: st.DrawFn, depth: int = 3) -> ET.Element:
    element = ET.Element(draw(_TAGS), draw(st.dictionaries(_TAGS, _TEXT, max_size=2)))
    element.text = draw(_TEXT)
    for below in draw(st.lists(_documents(depth=depth - 1), max_size=2)) if depth else []:
        below.tail = draw(_TEXT)
        element.append(below)
    return element


@given(_documents(), st.sampled_from(["utf-8", "us-ascii", "utf-16"]))
def test_any_document_stays_one(root: ET.Element, charset: str) -> None:
    """It has the same shape, its harmless texts are the same, and redacting it again changes nothing."""
    body = ET.tostring(root, charset)
    one = Redactor(Rules.default())
    asked = Request("GET", "https://h/", Headers(()))
    stored = one.seal([Interaction(asked, Response(200, XML, body), None, None)])
    assert stored[0].response is not None
    again = one.response(stored[0].response)
    assert again.body == stored[0].response.body
    hidden = ET.fromstring(stored[0].response.body)
    for old, new in zip(ET.fromstring(body).iter(), hidden.iter(), strict=True):
        assert (old.tag, old.keys()) == (new.tag, new.keys())
        if old.tag == "password" and not len(old) and (old.text or "").strip():
            assert PLACEHOLDER.search(new.text or "")
        assert old.get("Type") == new.get("Type") or PLACEHOLDER.search(new.get("Type") or "")


def test_a_member_that_tells_its_name() -> None:
    """XML-RPC says the name in one element, and the value in the next, below the name of its type."""
    text = (
        "<params><struct>"
        "<member><name>login</name><value><string>ada</string></value></member>"
        "<member><name>password</name><value><string>geheim-4711</string></value></member>"
        "<member><name>limit</name><value><int>3</int></value></member>"
        "</struct></params>"
    )
    for kind in ("text/xml", "application/xml"):
        message = Request("POST", "https://h/", Headers((("Content-Type", kind),)), text.encode())
        stored = Redactor(Rules.default()).request(message).body.decode()
        assert stored == text.replace("geheim-4711", "&lt;redacted:password:1&gt;")


INNER = "<l><s:password a='1'>{}</s:password><id>7 &amp; 8</id></l>"
HIDDEN = INNER.format("&lt;redacted:password:1&gt;")


@pytest.mark.parametrize("outer", ["<a>\n{}</a>", "<?xml version='1.0'?><s:a><b c='&#x41;'>{}</b></s:a>"])
@pytest.mark.parametrize("value", ["x1", "caf&#233; &amp; x", "&lt;x1&gt;"])
def test_a_document_in_a_document(outer: str, value: str) -> None:
    """Escaped or in a CDATA section, also twice over: both stay well-formed, and the rest as it was written."""
    plain = INNER.format(value)
    for written in (
        html.escape,
        lambda text: f"<![CDATA[ {text} ]]>",
        lambda text: html.escape(f"<m>{html.escape(text)}</m>"),
    ):
        body = outer.format(written(f"<?xml version='1.0'?>{plain}"))
        stored = redacted(body)
        assert stored == outer.format(written(f"<?xml version='1.0'?>{HIDDEN}"))
        assert redacted(stored) == stored
        assert highest(stored) == {"password": 1}


@pytest.mark.parametrize(
    "escaped", [r"<l b=\"1\"><password>x1<\/password><\/l>", r"\n <password>x1</password>"]
)
def test_a_document_in_json(escaped: str) -> None:
    """The string keeps its escapes, and what it holds stays well-formed; in any spelling of the brackets."""
    body = f'{{"a": "1", "xml": "{escaped}"}}'
    stored = redacted(body, JSON)
    assert stored == body.replace("x1", "&lt;redacted:password:1&gt;")
    assert redacted(stored, JSON) == stored
    coded = redacted(body.replace("<", "\\u003c").replace(">", "\\u003e"), JSON)
    assert json.loads(coded) == json.loads(stored)


def test_a_document_in_pairs() -> None:
    """In a form and in the query of a URL; the same request is the same, whatever the password."""
    form = Headers((("Content-Type", "application/x-www-form-urlencoded"),))

    def asked(value: str) -> Request:
        pairs = urlencode({"a": 1, "xml": f"<l><password>{value}</password><id>7</id></l>"})
        return Redactor(Rules.default()).request(Request("POST", f"https://h/?{pairs}", form, pairs.encode()))

    stored = parse_qs(asked("x1").body.decode())
    assert stored == {"a": ["1"], "xml": ["<l><password><redacted:password:1></password><id>7</id></l>"]}
    assert parse_qs(urlsplit(asked("x1").url).query) == stored
    assert asked("x1") == asked("another") == Redactor(Rules.default()).request(asked("x1"))


@pytest.mark.parametrize(
    "text",
    [
        "<p>The <code>eb8450ae2a1c5ed5571342c3967d286c8a160d1c</code> of a token</p>",
        '<a href="/x"><code>eb8450ae2a1c5ed5571342c3967d286c8a160d1c</code></a>',
        "<b>a secret</b>",
        "< 3 tokens",
    ],
)
def test_html_in_a_text_is_no_document(text: str) -> None:
    """A feed and an API of a repository hold pages, in which <code> is no code."""
    for body, headers in (
        (f"<a><b>{html.escape(text)}</b><c><![CDATA[{text}]]></c></a>", XML),
        (json.dumps({"body_html": text}), JSON),
    ):
        assert redacted(body, headers) == body


def test_documents_in_one_another_take_no_longer() -> None:
    """Looked into as deep as JSON in JSON is, and no deeper."""
    text = "<password>x1</password>"
    for _ in range(12):
        text = f"<a>{html.escape(text)}</a>"
    assert redacted(text) == text
