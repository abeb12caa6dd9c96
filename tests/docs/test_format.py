"""docs/format.md and its JSON Schemas say what is written, and what a reader takes and refuses."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.docs.story import ROOT, read_schema, validator

from api_mocker._core.coding import CODINGS
from api_mocker._core.json_text import DEFAULT_LAYOUT, LAYOUTS
from api_mocker._core.large_body import LargeBody
from api_mocker._core.model import FAILURE_KINDS, Coding, Failure, Headers, Interaction, Request, Response
from api_mocker._storage import schema
from api_mocker._storage.emit import emit
from api_mocker._storage.files import CassetteFile
from api_mocker._storage.stream import assemble
from api_mocker.exceptions import CassetteTooNew, CassetteUnreadable

if TYPE_CHECKING:
    Document = dict[str, Any]  # Any: a tree of YAML

HEADER, INTERACTION = validator("header"), validator("interaction")
COMMITTED = sorted(
    path for place in ("cassettes", "examples/orders/cassettes") for path in (ROOT / place).rglob("*.yaml")
)

names = st.text("abcXYZ019-_.~!", min_size=1, max_size=8) | st.sampled_from(["Content-Type", "no", "1"])
values = st.text(st.characters(max_codepoint=255), max_size=20)
kinds = st.sampled_from(["application/json", "text/plain; charset=latin-1", "text/html", "image/png", ""])
contents = (
    st.binary(max_size=60)
    | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.sampled_from([b'{"a": 1.00,  "b": []}', b'{"a":[1,2]}\n', b"[]", b'{"a":1,"a":2}', b"\xe9t\xe9"])
)
codings = st.none() | st.builds(
    Coding, st.sampled_from(sorted(CODINGS)), st.sampled_from(["", "level=9 header=00"])
)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def headers(draw: st.DrawFn) -> Headers:
    pairs = draw(st.lists(st.tuples(names, values), max_size=4))
    kind = draw(kinds)
    return Headers.of([*pairs, *([("Content-Type", kind)] if kind else [])])


requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "M-SEARCH", "NO"]),
    url=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    headers=headers(),
    body=contents,
    coding=codings,
)
responses = st.builds(
    Response,
    status=st.integers(100, 999),
    headers=headers(),
    body=contents,
    reason=values,
    http_version=st.sampled_from(["HTTP/1.0", "HTTP/1.1", "HTTP/2"]),
    chunks=st.none() | st.lists(st.integers(0, 10**9), max_size=20).map(tuple),
    truncated=st.booleans(),
    coding=codings,
)
failures = st.builds(Failure, st.sampled_from(FAILURE_KINDS), values)
outcomes = st.tuples(responses, st.none()) | st.tuples(st.none(), failures) | st.tuples(responses, failures)
interactions = st.builds(
    lambda request, outcome, moment: Interaction(request, outcome[0], outcome[1], moment),
    requests,
    outcomes,
    moments,
)


def beside(content: bytes | LargeBody, kind: str) -> tuple[str, str] | None:
    """A body of more than 40 bytes lies in a file."""
    assert isinstance(content, bytes)
    digest = hashlib.sha256(content).hexdigest()
    return (f"a.bodies/{digest[:16]}.bin", digest) if len(content) > 40 else None


@given(st.lists(interactions, max_size=3), st.none() | st.text("abc:/", min_size=1, max_size=9))
def test_what_is_written_fits_the_schemas(recorded: list[Interaction], test: str | None) -> None:
    """Any interaction, written and read again by plain YAML, is what the schemas describe."""
    documents = [emit(schema.write(interaction, beside)) for interaction in recorded]
    text = b"".join(assemble(emit(schema.header(test)), documents)).decode()

    header, *others = yaml.safe_load_all(text)

    HEADER.validate(header)
    assert len(others) == len(recorded)
    for document in others:
        INTERACTION.validate(document)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_cassettes_fit_the_schemas(path: Path) -> None:
    """The cassettes of this repository are cassettes."""
    header, *others = yaml.safe_load_all(path.read_text("utf-8"))

    HEADER.validate(header)
    assert others
    for document in others:
        INTERACTION.validate(document)


def test_the_schemas_are_schemas_and_know_the_tables() -> None:
    """Kinds and layouts stand in the schema as in the code."""
    for kind in ("header", "interaction"):
        Draft202012Validator.check_schema(read_schema(kind))
    definitions = read_schema("interaction")["$defs"]
    assert definitions["error"]["properties"]["kind"]["enum"] == list(FAILURE_KINDS)
    assert definitions["body"]["properties"]["layout"]["enum"] == [n for n in LAYOUTS if n != DEFAULT_LAYOUT]


BASE: Document = {
    "request": {"method": "GET", "url": "https://api.example.com/"},
    "response": {"status": 200},
    "recorded_at": "2026-01-31T12:00:00Z",
}


def changed(place: str, value: object) -> Document:
    """The simplest interaction with one thing put in its place; None takes it out."""
    document = {key: dict(item) if isinstance(item, dict) else item for key, item in BASE.items()}
    *outer, last = place.split(".")
    inner = document
    for key in outer:
        inner = inner.setdefault(key, {})
    inner.pop(last, None)
    return document if value is None else _with(document, inner, last, value)


def _with(document: Document, inner: Document, key: str, value: object) -> Document:
    inner[key] = value
    return document


REFUSED = {
    "no request": ("request", None),
    "no time": ("recorded_at", None),
    "neither response nor error": ("response", None),
    "no time that is one": ("recorded_at", "yesterday"),
    "an unknown key": ("response.colour", "red"),
    "a status of four digits": ("response.status", 2000),
    "no status": ("response.status", None),
    "no URL": ("request.url", None),
    "an unknown kind": ("error.kind", "tired"),
    "headers that are text": ("request.headers", "Accept: a"),
    "a header of three": ("request.headers", [["a", "b", "c"]]),
    "two bodies in one": ("response.body", {"text": "a", "base64": "YQ=="}),
    "a layout beside text": ("response.body", {"text": "a", "layout": "spaced"}),
    "an unknown layout": ("response.body", {"json": "{}", "layout": "tidy"}),
    "a file without its digest": ("response.body", {"file": "a.bodies/b.bin"}),
    "a negative chunk": ("response.chunks", [-1]),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_interaction_fits_neither_schema_nor_reader(what: str, tmp_path: Path) -> None:
    """Schema and reader refuse the same."""
    document = changed(*REFUSED[what])
    path = tmp_path / "a.yaml"
    path.write_bytes(b"".join(assemble("cassette: 1\n", [emit(document)])))

    assert not INTERACTION.is_valid(document)
    with pytest.raises(CassetteUnreadable, match=r"a\.yaml:\d"):
        [entry.interaction for entry in CassetteFile(path).entries()]


FINE = """\
request:
  method: GET
  url: https://api.example.com/
response:
  status: 200
  body:
    text: é
recorded_at: '2026-01-31T12:00:00Z'
"""
ACCEPTED = {
    "as written": FINE,
    "CRLF": FINE.replace("\n", "\r\n"),
    "other indentation": FINE.replace("  ", "     "),
    "a comment": FINE.replace("response:", "# here it comes\nresponse:"),
    "double quotes": FINE.replace("'", '"'),
    "a flow mapping": FINE.replace("response:\n  status: 200", "response: {status: 200, headers: {a: b}}\nx:")
    .replace("x:\n  body:\n    text: é\n", ""),
    "headers as pairs": FINE.replace("  status: 200", "  status: 200\n  headers: [[a, b]]"),
    "not truncated": FINE.replace("  status: 200", "  status: 200\n  truncated: false"),
    "an offset": FINE.replace("12:00:00Z", "13:00:00+01:00"),
    "no offset": FINE.replace("12:00:00Z", "12:00:00"),
    "the default layout": FINE.replace("text: é", "json: '{}'\n    layout: compact"),
    "a long separator": f"--- # first\n{FINE}".removeprefix("---"),
}  # fmt: skip


@pytest.mark.parametrize("how", ACCEPTED)
def test_a_reader_accepts(how: str, tmp_path: Path) -> None:
    """Each notation that docs/format.md lets people use is read to the same exchange."""
    separator = "---" if how == "a long separator" else "---\n"
    path = tmp_path / "a.yaml"
    path.write_bytes(f"\ufeffcassette: 1\n{separator}{ACCEPTED[how]}...\n".encode())

    [entry] = CassetteFile(path).entries()

    assert entry.interaction.request.url == "https://api.example.com/"
    assert entry.interaction.recorded_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert entry.interaction.response is not None
    assert entry.interaction.response.status == 200


BROKEN = {
    "empty": "",
    "no cassette": "a: 1\n...\n",
    "no YAML": "cassette: 1\n---\nrequest: [\n...\n",
    "cut": f"cassette: 1\n---\n{FINE}",
    "a tag": f"cassette: 1\n---\n{FINE.replace('200', '!!int 200')}...\n",
    "an anchor": f"cassette: 1\n---\n{FINE.replace('200', '&a 200')}...\n",
    "a directive": f"%YAML 1.1\n---\ncassette: 1\n---\n{FINE}...\n",
    "a key twice": f"cassette: 1\n---\n{FINE}{FINE}...\n",
    "too deep": f"cassette: 1\n---\n{FINE.replace('200', '[' * 40 + ']' * 40)}...\n",
    "no base64": f"cassette: 1\n---\n{FINE.replace('text: é', 'base64: é')}...\n",
    "no JSON": f"cassette: 1\n---\n{FINE.replace('text: é', 'json: é')}...\n",
    "an unknown charset": f"cassette: 1\n---\n{FINE.replace('text: é', 'text: é' + chr(10) + '    charset: x')}...\n",
    "a file elsewhere": f"cassette: 1\n---\n{FINE.replace('text: é', f'file: ../b{chr(10)}    sha256: a')}...\n",
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_reader_refuses(how: str, tmp_path: Path) -> None:
    """Each thing that docs/format.md calls an error is one, names the file, and leaves it as it is."""
    path = tmp_path / "a.yaml"
    path.write_text(BROKEN[how], "utf-8")

    with pytest.raises(CassetteUnreadable, match=r"a\.yaml"):
        [entry.interaction for entry in CassetteFile(path).entries()]

    assert path.read_text("utf-8") == BROKEN[how]


def test_a_reader_says_upgrade(tmp_path: Path) -> None:
    """A later version is refused as such."""
    path = tmp_path / "a.yaml"
    path.write_text("cassette: 2\n---\nanything: else\n...\n", "utf-8")

    with pytest.raises(CassetteTooNew, match="upgrade api-mocker"):
        CassetteFile(path)


def test_layouts_restore_what_the_page_says(tmp_path: Path) -> None:
    """The piece of JSON in docs/format.md is the 24 bytes that it is said to be."""
    piece = '{\n  "id": 1,\n  "price": 1.00\n}'
    document = changed("response.body", {"json": piece, "layout": "spaced"})
    path = tmp_path / "a.yaml"
    path.write_bytes(b"".join(assemble("cassette: 1\n", [emit(document)])))

    [entry] = CassetteFile(path).entries()

    assert entry.interaction.response is not None
    assert entry.interaction.response.body == b'{"id": 1, "price": 1.00}'
