"""What is written: it looks as the format says, and every YAML reader reads it alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import example, given, settings
from tests.unit.storage.documents import LONG_TEXTS, TEXTS, as_read, documents

from api_mocker._storage.emit import emit
from api_mocker._storage.shape import read_shape
from api_mocker._storage.yaml_reader import read_document, read_yaml

if TYPE_CHECKING:
    from api_mocker._storage.notation import Writable

INTERACTION: dict[str, Writable] = {
    "request": {
        "method": "POST",
        "url": "https://pay.example.com/v1/charges",
        "headers": {"content-type": "application/json", "authorization": "<redacted:authorization:1>"},
        "body": {"json": '{\n  "amount": 1250,\n  "currency": "eur"\n}'},
    },
    "response": {
        "status": 201,
        "headers": [["set-cookie", "a=1; Path=/"], ["set-cookie", "b"], ["age", "0"]],
        "truncated": True,
        "chunks": [*range(18)],
        "body": {"encoding": "gzip", "text": "  two\n\nlines\n"},
    },
    "none": {},
    "nothing": [],
    "empty": "",
    "recorded_at": "2026-11-20T20:15:00Z",
}
WRITTEN = """\
request:
  method: POST
  url: https://pay.example.com/v1/charges
  headers:
    content-type: application/json
    authorization: <redacted:authorization:1>
  body:
    json: |-
      {
        "amount": 1250,
        "currency": "eur"
      }
response:
  status: 201
  headers:
    - [set-cookie, 'a=1; Path=/']
    - [set-cookie, b]
    - [age, '0']
  truncated: true
  chunks: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    16, 17]
  body:
    encoding: gzip
    text: |2
        two

      lines
none: {}
nothing: []
empty: ''
recorded_at: '2026-11-20T20:15:00Z'
"""


def test_the_look() -> None:
    """A document is written as the format's specification shows it."""
    assert emit(INTERACTION) == WRITTEN


@pytest.mark.parametrize("trap", TEXTS + LONG_TEXTS, ids=lambda trap: ascii(trap)[:40])
def test_no_text_is_a_trap(trap: str) -> None:
    """Each string comes back from every reader, wherever it stands; the usual keys need no YAML for it."""
    document: dict[str, Writable] = {
        "json": trap,
        "k": {"text": trap, "url": {"v": trap}},
        "list": [trap, trap],
        "pairs": [["k", trap], [trap, "v"]],
    }
    written = emit(document)
    if "\n" not in trap:
        assert read_shape(written) == document
    assert read_shape(emit({"json": trap, "k": {"v": trap}})) == {"json": trap, "k": {"v": trap}}
    for text, wanted in ((written, document), (emit({trap: trap}), {trap: trap})):
        assert read_document(text) == wanted
        assert read_yaml(text, pure=True) == wanted
        for loader in (yaml.CSafeLoader, yaml.SafeLoader):
            assert yaml.load(text, Loader=loader) == wanted


@settings(deadline=None)
@given(document=documents)
@example(document={})
@example(document={"a": [[], {}, [[]], [["b"]], [{"c": []}], {"d": "e\nf"}]})
def test_what_is_written_is_read(document: dict[str, Writable]) -> None:
    """Any document comes back: as text from our readers, as numbers, bools and strings from PyYAML's."""
    written = emit(document)
    assert written.endswith("\n")
    assert read_shape(written) in (None, as_read(document))
    assert read_yaml(written) == as_read(document)
    assert read_yaml(written, pure=True) == as_read(document)
    assert yaml.load(written, Loader=yaml.CSafeLoader) == document
    assert yaml.safe_load(written) == document


@settings(deadline=None)
@given(document=documents)
def test_no_text_looks_like_the_end_of_a_document(document: dict[str, Writable]) -> None:
    """In the first column stand keys, and never a separator, a closing line or a directive."""
    starts = {line[:3] for line in emit({"key": document}).splitlines()}
    assert starts.isdisjoint({"---", "..."})
    assert not any(start.startswith("%") for start in starts)


@pytest.mark.parametrize("text", ["\ud800", "a\udfff\nb", "\ude00\ud83d"], ids=ascii)
def test_a_lone_surrogate_is_refused(text: str) -> None:
    """What no YAML scalar can carry is a ValueError: as a value, as a key and in a list."""
    for document in ({"k": text}, {text: "v"}, {"k": [text]}, {"k": [["a", text]]}):
        with pytest.raises(ValueError, match="lone surrogate U\\+D"):
            emit(document)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("short", "plain: short\njson: short\n"),
        ("x" * 81, f"plain: {'x' * 81}\njson: |-\n  {'x' * 81}\n"),
        ("a\nb", "plain: |-\n  a\n  b\njson: |-\n  a\n  b\n"),
        ("a\r\nb", 'plain: "a\\r\\nb"\njson: "a\\r\\nb"\n'),
    ],
)
def test_which_text_is_a_block(text: str, start: str) -> None:
    """Several lines are a block anywhere, one long line under the keys of content only."""
    assert emit({"plain": text, "json": text}) == start


def test_a_long_key_is_asked_for() -> None:
    """YAML looks for a colon only so far: a longer key is written with a question mark."""
    key = "k" * 129
    assert emit({key: {"a": "b"}}) == f"? '{key}'\n:\n  a: b\n"
    assert emit({"k" * 128: "v"}) == f"{'k' * 128}: v\n"
