"""The split, the lazy index, and putting a file together again."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.storage.documents import as_read, damaged, documents, interactions, text, urls

from api_mocker._storage.emit import emit
from api_mocker._storage.stream import Stream, assemble
from api_mocker._storage.yaml_reader import read_document
from api_mocker.exceptions import CassetteUnreadable

if TYPE_CHECKING:
    from pathlib import Path

    from api_mocker._storage.notation import Node, Writable

HEADER = emit({"cassette": 1, "test": "tests/test_a.py::test_b"})
ONE = emit({"request": {"method": "GET", "url": "https://a.b/c"}, "recorded_at": "x"})
files = st.lists(interactions() | documents, max_size=4)


def written(*texts: str | bytes) -> bytes:
    return b"".join(assemble(HEADER, texts))


def read_all(stream: Stream) -> list[dict[str, Node]]:
    return [stream.header.read(), *(piece.read() for piece in stream.interactions())]


@settings(deadline=None)
@given(contents=files)
def test_a_file_is_what_yaml_sees(contents: list[dict[str, Writable]]) -> None:
    """A file holds a header and the interactions, in order: to us, and to both loaders of PyYAML."""
    data = written(*map(emit, contents))
    wanted: list[dict[str, Writable]] = [{"cassette": 1, "test": "tests/test_a.py::test_b"}, *contents]
    stream = Stream(data)
    assert read_all(stream) == as_read(wanted)
    assert stream.closed
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        assert list(yaml.load_all(data, Loader=loader)) == wanted


@settings(max_examples=200, deadline=None)
@given(text=files.map(lambda contents: written(*map(emit, contents)).decode()).flatmap(damaged))
def test_a_damaged_file_is_cut_where_yaml_cuts_it(text: str) -> None:
    """However a file was changed: where each piece can be read, YAML sees the very same documents."""
    assume("\ufeff" not in text[1:])
    try:
        documents_ = read_all(Stream(text.encode()))
    except CassetteUnreadable:
        return
    assert list(yaml.load_all(text, Loader=yaml.CBaseLoader)) == documents_


@settings(max_examples=200, deadline=None)
@given(text=interactions().map(emit).flatmap(damaged))
def test_a_look_is_never_wrong(text: str) -> None:
    """What the first lines say of method and URL is what the whole says, or the whole cannot be read."""
    for piece in Stream(written(text)).interactions():
        seen = piece.look()
        if seen is None:
            continue
        try:
            request = piece.read()["request"]
        except CassetteUnreadable:
            continue
        assert isinstance(request, dict)
        assert seen == (request["method"], request["url"])


@settings(deadline=None)
@given(method=st.sampled_from(["GET", "M-SEARCH", "NO", "a b"]), url=urls | text)
def test_a_look_suffices_for_what_we_wrote(method: str, url: str) -> None:
    """Of an interaction as it was written, the first lines tell method and URL, if they are one line each."""
    content = emit({"request": {"method": method, "url": url, "headers": {"accept": "*/*"}}, "response": {}})
    assume("  url: |" not in content)
    (piece,) = Stream(written(content)).interactions()
    assert piece.look() == (method, url)


@pytest.mark.parametrize(
    "start",
    [
        "request:\n  method: GET\n  url: https://a.b/c\n    d\n",  # goes on
        "request:\n  method: GET\n  url: https://a.b/c\n\n    d\n",
        "request:\n  method: GET\n  url: https://a.b/c\n  # d\n",
        "request:\n  method: GET\n  url: https://a.b/c # d\n",
        "request:\n  method: GET\n  url: https://a.b/c \n",
        "request:\n  url: https://a.b/c\n  method: GET\n",
        "request:\n  method: GET\n  url: |-\n    https://a.b/c\n",
        "request:\n  method: GET\n  url: &a https://a.b/c\n",
        "request:\n    method: GET\n    url: https://a.b/c\n",
        "# said\nrequest:\n  method: GET\n  url: https://a.b/c\n",
        f"request:\n  method: GET\n  url: https://a.b/{'c' * 5000}\n",
        "request: {method: GET, url: https://a.b/c}\n",
    ],
    ids=lambda start: ascii(start)[:70],
)
def test_a_look_at_another_shape_says_nothing(start: str) -> None:
    """First lines that the emitter does not write are left to the reader."""
    (piece,) = Stream(written(start + "response: {}\n")).interactions()
    assert piece.look() is None


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("a: b\n---\nc: d\n...\n", [{"a": "b"}, {"c": "d"}]),
        ("a: b\r\n---\r\nc: d\r\n...\r\n", [{"a": "b"}, {"c": "d"}]),
        ("a: b\n--- # said\nc: d\n---\t\ne: f\n... # end\n", [{"a": "b"}, {"c": "d"}, {"e": "f"}]),
        ("a: b\n--- {c: d}\n...\n# after\n\n", [{"a": "b"}, {"c": "d"}]),
        ("---\na: b\n---\nc: d\n...\n", [{"a": "b"}, {"c": "d"}]),
        ("# above\n\n# and below\n---\na: b\n...\n", [{"a": "b"}]),
        ("\ufeffa: b\n---\nc: d\n...\n", [{"a": "b"}, {"c": "d"}]),
        ("\ufeff---\na: b\n...\n", [{"a": "b"}]),
        ("a: |+\n  b\n\n---\nc: d\n...\n", [{"a": "b\n\n"}, {"c": "d"}]),
        ("a: |-\n  ---\n  b\n---\nc: d\n...\n", [{"a": "---\nb"}, {"c": "d"}]),
        ("---x: b\n---\n---y: d\n...\n", [{"---x": "b"}, {"---y": "d"}]),
        ("a: b\n...\n---\nc: d\n...\n", [{"a": "b"}, {"c": "d"}]),
        ("a: b\n---\nc: d\n...", [{"a": "b"}, {"c": "d"}]),
    ],
    ids=ascii,
)
def test_where_a_file_is_cut(data: str, wanted: list[dict[str, Node]]) -> None:
    """A separator is one in YAML's sense, whatever the ends of the lines and the comments are."""
    stream = Stream(data.encode())
    assert read_all(stream) == wanted
    assert stream.closed
    assert list(yaml.load_all(data, Loader=yaml.CBaseLoader)) == wanted


def test_every_cut_is_noticed() -> None:
    """However a file is cut off, it is not closed any more."""
    data = written(ONE, emit({"request": {"body": {"text": "a\n...\n"}}, "recorded_at": "..."}))
    for length in range(len(data) - 1):
        stream = Stream(data[:length], "a.yaml")
        assert not stream.closed
        with pytest.raises(CassetteUnreadable, match="cut off") as caught:
            stream.require_closed()
        assert caught.value.line == data[:length].count(b"\n") + 1
    Stream(data).require_closed()


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", None, "the file is empty"),
        (b"\n", 1, "the document is empty"),
        (b"a: b\n---\n---\nc: d\n...\n", 3, "the document is empty"),
        (b"a: b\n---\n...\n", 3, "the document is empty"),
        (b"a: b\n---\nc: d\ne: \xff\n...\n", 4, "not UTF-8"),
        (b"\xff\xfea\0", 1, "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0", 1, "not UTF-8"),
        (b"PK\x03\x04\0", 1, "U\\+0003"),
        (b"a: b\n---\nc: d\nc: e\n---\n", 4, "stands twice"),
        (b"# x\n---\na: b\n---\nc: [\n---\n", 6, "not valid YAML"),
        (b"%YAML 1.1\n---\na: b\n...\n", 1, "directives"),
        (b"a: b\n---\nc: d\n...\ne: f\n", 5, "not valid YAML"),
        (b"a: b\n---\nc: d\n# x\r---\ne: f\n...\n", 5, "a second one begins"),
    ],
    ids=ascii,
)
def test_a_broken_file_is_explained(data: bytes, line: int | None, words: str) -> None:
    """What is wrong is said with the line of the file, not of the piece."""
    with pytest.raises(CassetteUnreadable, match=words) as caught:
        read_all(Stream(data, "a.yaml"))
    assert (caught.value.path, caught.value.line) == ("a.yaml", line)


def test_a_broken_piece_is_no_matter_to_the_others() -> None:
    """An error is raised where it is touched, and the other pieces can be read."""
    bad, good = Stream(written("a: [\n", ONE)).interactions()
    assert good.read() == read_document(ONE)
    with pytest.raises(CassetteUnreadable):
        bad.read()


def test_ten_thousand_are_not_read_for_one(tmp_path: Path) -> None:
    """Opening a memory-mapped file of 10,000 interactions and reading one finds that one and no other."""
    path = tmp_path / "many.yaml"
    path.write_bytes(written(*(ONE for _ in range(10_000))))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        stream = Stream(data, path)
        assert stream.known == 0
        assert stream.closed
        assert stream.header.read()["cassette"] == "1"
        assert stream.known == 1
        pieces = stream.interactions()
        first = next(pieces)
        assert first.look() == ("GET", "https://a.b/c")
        assert first.read() == read_document(ONE)
        assert stream.known == 2
        assert sum(1 for _ in pieces) == 9_999
        assert stream.known == 10_001
        assert next(stream.interactions()) is first
        assert [piece.line for piece in stream.interactions()][-1] == 5 + 9_999 * (ONE.count("\n") + 1)


@pytest.mark.parametrize(
    "data",
    [
        written(ONE, ONE),
        b"# api-mocker cassette\ncassette: '1' # odd\n\n---\n# said\nc:   d\n--- # of the next\ne: |+\n  f\n\n--- {g: h}\n...\n",
        b"# mine\ncassette: 1\n---\na: \xff\n---\n\tbroken: [\n...\n",
        b"# api-mocker cassette\r\ncassette: 1\r\n...\n",
    ],
)
def test_what_was_read_is_written_as_it_was(data: bytes) -> None:
    """A file is put together from its own pieces byte for byte, whatever a person wrote into it."""
    stream = Stream(data)
    pieces = [piece.raw for piece in stream.interactions()]
    assert b"".join(assemble(stream.header.raw, pieces)) == data


def test_old_and_new_stand_side_by_side() -> None:
    """Text just emitted is put beside bytes that are kept; a piece that was cut off gets its last newline."""
    assert written(ONE, b"a: 'kept'", "b: \u00e9\n") == (
        b"# api-mocker cassette\ncassette: 1\ntest: tests/test_a.py::test_b\n"
        b"---\n" + ONE.encode() + b"---\na: 'kept'\n---\nb: \xc3\xa9\n...\n"
    )


@settings(max_examples=200, deadline=None)
@given(
    contents=files,
    comments=st.lists(st.sampled_from(["", "# a comment\n", "\n", "\n# two\n"]), min_size=5, max_size=5),
    crlf=st.booleans(),
    goes=st.sets(st.integers(0, 4)),
)
def test_what_is_cut_out_leaves_the_rest_as_it_was(
    contents: list[dict[str, Writable]], comments: list[str], crlf: bool, goes: set[int]
) -> None:
    """Without some of its documents, a file has the header, all others and its end, byte for byte."""
    data = written(*(emit(content) + comment for content, comment in zip(contents, comments, strict=False)))
    data = data.replace(b"\n", b"\r\n") if crlf else data
    stream = Stream(data)
    before = [piece.raw for piece in stream.interactions()]
    after = Stream(b"".join(stream.without(goes)))
    assert after.closed
    assert after.header.raw == stream.header.raw
    assert [piece.raw for piece in after.interactions()] == [
        raw for number, raw in enumerate(before) if number not in goes
    ]
    assert b"".join(stream.without(())) == data
