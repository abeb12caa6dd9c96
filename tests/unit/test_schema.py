"""The format: what is written is read again as it was, and what is no part of it is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from tests.unit.interactions import interaction, interactions

from api_mocker._core.large_body import LargeBody
from api_mocker._core.model import Coding, Failure, Headers, Interaction, Request, Response
from api_mocker._storage import schema
from api_mocker._storage.emit import emit
from api_mocker._storage.schema import SchemaError, read, read_header, write
from api_mocker._storage.yaml_reader import read_document

if TYPE_CHECKING:
    from collections.abc import Callable

    Document = dict[str, Any]  # Any: a tree of strings, numbers, lists and mappings


@settings(deadline=None)
@given(interactions)
def test_what_is_written_is_read(written: Interaction) -> None:
    """Every interaction comes back equal, byte for byte, from its mapping and from its text."""
    document = write(written)
    assert read(document) == written
    assert read(read_document(emit(document))) == written


@settings(deadline=None)
@given(interactions)
def test_plain_yaml_sees_the_same(written: Interaction) -> None:
    """Any YAML tool reads the text to the same mapping, numbers and truths included."""
    text = emit(write(written))
    assert yaml.safe_load(text) == write(written)


def test_a_body_may_be_beside() -> None:
    """A body that somebody takes is named by file and digest, with its coding, and asked for by them."""
    coded = Response(200, Headers.of([("Content-Type", "image/png")]), b"large", coding=Coding("gzip", "6"))
    asked = Request("PUT", "https://h/", Headers(), b"small")
    taken: list[tuple[bytes | LargeBody, str]] = []

    def take(content: bytes | LargeBody, kind: str) -> tuple[str, str] | None:
        taken.append((content, kind))
        return ("c.bodies/1.png", "abc") if content == b"large" else None

    document = write(Interaction(asked, coded, None, datetime(2026, 1, 1, tzinfo=UTC)), take)
    assert taken == [(b"small", ""), (b"large", "image/png")]
    assert document["response"]["body"] == {
        "encoding": "gzip",
        "recipe": "6",
        "file": "c.bodies/1.png",
        "sha256": "abc",
    }
    found = read(document, lambda name, digest: f"{name} {digest}".encode())
    assert found.response is not None
    assert (found.response.body, found.response.coding) == (b"c.bodies/1.png abc", Coding("gzip", "6"))


def test_the_usual_is_not_written() -> None:
    """A default reason, version or chunking, no headers and no body take no line."""
    assert write(
        Interaction(Request("GET", "https://h/"), Response(204, reason="No Content"), None, None)
    ) == {
        "request": {"method": "GET", "url": "https://h/"},
        "response": {"status": 204},
    }


def test_times_are_utc() -> None:
    """recorded_at is written in UTC; one without a zone is read as UTC."""
    moment = datetime(2026, 11, 20, 21, 15, tzinfo=timezone(timedelta(hours=1)))
    document = write(Interaction(Request("GET", "https://h/"), Response(200), None, moment))
    assert document["recorded_at"] == "2026-11-20T20:15:00Z"
    assert read(document).recorded_at == moment
    assert read({**document, "recorded_at": "2026-11-20T20:15:00"}).recorded_at == moment


def changed(*path: str | int, to: object) -> Callable[[Document], object]:
    """Puts a value at a place of the document; a key that is not there is added."""

    def change(document: Document) -> object:
        place: Any = document  # Any: as Document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to
        return document

    return change


def without(*path: str) -> Callable[[Document], object]:
    def change(document: Document) -> object:
        for step in path[:-1]:
            document = document[step]
        return document.pop(path[-1])

    return change


WRONG: list[tuple[Callable[[Document], object], str]] = [
    (changed("respnse", to={}), "an interaction has no key 'respnse'; did you mean 'response'?"),
    (changed("request", "methd", to="x"), "a request has no key 'methd'; did you mean 'method'?"),
    (changed("request", "status", to="x"), "a request has no key 'status'"),
    (changed("response", "statu", to="x"), "a response has no key 'statu'; did you mean 'status'?"),
    (changed("response", "body", "jsn", to="x"), "a body has no key 'jsn'; did you mean 'json'?"),
    (changed("error", to={"kind": "dns", "mesage": "x"}), "an error has no key 'mesage'; did you mean 'message'?"),
    (changed("error", to={"kind": "dnss"}), "there is no error kind 'dnss'; did you mean 'dns'?"),
    (changed("error", to={}), "error.kind is missing"),
    (without("request"), "the interaction has no 'request'"),
    (without("recorded_at"), "the interaction has no 'recorded_at' (was the file cut off?)"),
    (without("response"), "the interaction has neither 'response' nor 'error'"),
    (without("request", "method"), "request.method is missing"),
    (without("request", "url"), "request.url is missing"),
    (without("response", "status"), "response.status must be a whole number, and is None"),
    (changed("request", to="x"), "request must be a mapping"),
    (changed("response", to=[]), "response must be a mapping"),
    (changed("request", "url", to="http://[::1"), "request.url is no URL: Invalid IPv6 URL"),
    (changed("request", "url", to="http://h:99999/"), "request.url is no URL: Port out of range"),
    (changed("request", "url", to=["x"]), "request.url must be text"),
    (changed("request", "headers", to="x"), "request.headers must be a mapping, or a list of [name, value]"),
    (changed("request", "headers", to=[["a"]]), "request.headers must be a mapping, or a list of [name, value]"),
    (changed("request", "headers", to=[["a", ["b"]]]), "request.headers must be text"),
    (changed("request", "headers", to={"a": ["b"]}), "request.headers.a must be text"),
    (changed("response", "status", to="12"), "response.status is 12, and must have three digits"),
    (changed("response", "status", to="2e2"), "response.status must be a whole number"),
    (changed("response", "status", to="٢٠٠"), "response.status must be a whole number"),
    (changed("response", "chunks", to="3"), "response.chunks must be a list of sizes"),
    (changed("response", "chunks", to=["-1"]), "response.chunks must be a whole number, and is '-1'"),
    (changed("response", "truncated", to="yes"), "response.truncated must be true or false, and is 'yes'"),
    (changed("recorded_at", to="yesterday"), "recorded_at 'yesterday' is no time such as '2026-01-31T12:00:00Z'"),
    (changed("recorded_at", to=["x"]), "recorded_at must be text"),
    (changed("response", "body", to="x"), "body must be a mapping"),
    (changed("response", "body", to={"json": "{", "layout": "x"}), "the body cannot be restored"),
    (changed("response", "body", to={"json": "{"}), "the body cannot be restored"),
    (changed("response", "body", to={"base64": "*"}), "the body cannot be restored: this is no base64"),
    (changed("response", "body", to={"text": "é", "charset": "ascii"}), "the body cannot be restored: the charset ascii has no U+00E9"),
    (changed("response", "body", to={"text": "é", "charset": "klingon"}), "the body cannot be restored: there is no charset"),
    (changed("response", "body", to={"text": "a", "json": "{}"}), "the body cannot be restored: a body is one of"),
    (changed("response", "body", to={"recipe": "6"}), "the body cannot be restored"),
    (changed("response", "body", to={"text": ["a"]}), "body.text must be text"),
    (changed("response", "body", to={"file": "x"}), "a body in a file has 'file' and 'sha256' and nothing else"),
    (changed("response", "body", to={"file": "x", "sha256": "y", "text": "z"}), "a body in a file has"),
    (changed("response", "body", to={"file": "x", "sha256": "y"}), "there is none to read it from"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_said(change: Callable[[Document], object], said: str) -> None:
    """Unknown keys name the nearest, missing and mistyped ones where they stand; nothing is ignored."""
    document = write(interaction())
    change(document)
    with pytest.raises(SchemaError) as caught:
        read(document)
    assert said in str(caught.value)


def test_a_failure_and_a_response_may_stand_together() -> None:
    """Exactly a response, exactly an error, or both."""
    document = write(interaction())
    document["error"] = {"kind": "closed_early"}
    assert read(document).failure == Failure("closed_early")
    del document["response"]
    assert read(document).response is None


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"services": {}}, "this is no cassette: its first document has no key 'cassette'"),
        ({"cassette": "one"}, "cassette must be a whole number, and is 'one'"),
        ({"cassette": "0"}, "there is no format version 0: the first one is 1"),
        ({"cassette": "-1"}, "cassette must be a whole number, and is '-1'"),
        ({"cassette": "1", "tset": "x"}, "the header has no key 'tset'; did you mean 'test'?"),
        ({"cassette": "1", "test": ["x"]}, "test must be text"),
    ],
)
def test_a_wrong_header(document: Document, said: str) -> None:
    """What is no header of a cassette is refused."""
    with pytest.raises(SchemaError) as caught:
        read_header(document)
    assert said in str(caught.value)


def test_headers_of_a_cassette() -> None:
    """The header holds the version and, where it has one, the owning test."""
    assert read_header(schema.header("t.py::test_a")) == (schema.VERSION, "t.py::test_a")
    assert read_header(schema.header(None)) == (schema.VERSION, None)
