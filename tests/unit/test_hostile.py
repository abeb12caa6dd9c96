"""Cassettes from strangers: whatever they hold, they are cassettes or are refused, and cost what their size allows."""

from __future__ import annotations

import os
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from tests.unit.hostile import anything, read_whole, run_commands

from api_mocker.exceptions import CassetteUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = b"# api-mocker cassette\ncassette: 1\n"
END = b"...\n"
MIB = 1 << 20
FACTOR = 32
"""How many times its size a document may take while it is read; most take less than ten."""


def document(
    body: bytes = b"    text: hi\n", *, url: bytes = b"https://h/a", headers: bytes = b"", more: bytes = b""
) -> bytes:
    """One interaction, in the shape that is written."""
    lines = [b"---\nrequest:\n  method: GET\n  url: ", url, b"\nresponse:\n  status: 200\n  headers:\n"]
    lines += [
        b"    Content-Type: text/plain\n",
        headers,
        b"  body:\n",
        body,
        more,
        b"recorded_at: '2026-01-01T00:00:00Z'\n",
    ]
    return b"".join(lines)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything)
def test_any_bytes_are_a_cassette_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Nothing but CassetteUnreadable comes of a file, whatever its bytes, and the file stays as it was."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    found = read_whole(path)
    if isinstance(found, CassetteUnreadable):
        assert str(found).replace("\n", "").isprintable()
        assert len(str(found)) < 2000
    assert path.read_bytes() == content


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(anything)
def test_the_commands_take_any_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Whatever stands in a cassette, a command ends in an answer that a terminal can show."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    path = tmp_path / "any.yaml"
    path.write_bytes(content)
    run_commands(path)
    assert path.read_bytes() == content


def bomb() -> bytes:
    """Nine aliases of nine aliases of nine aliases: a billion of them, if anybody followed them."""
    lines = [b"a: &a [x,x,x,x,x,x,x,x,x]\n"]
    for here, before in zip("bcdefghij", "abcdefghi", strict=True):
        lines.append(f"{here}: &{here} [{','.join([f'*{before}'] * 9)}]\n".encode())
    return b"".join(lines)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    # what is in the file, and what is said of it; "" where it is a cassette all the same
    "aliases of aliases": (lambda: HEAD + b"---\n" + bomb() + END, "anchors and aliases"),
    "aliases in the header": (lambda: bomb() + END, "anchors and aliases"),
    "a merge key": (lambda: HEAD + b"---\n<<: {request: 1}\n" + END, "no key '<<'"),
    "a tag": (lambda: HEAD + b"---\nrequest: !!python/object/apply:os.system ['id']\n" + END, "tags"),
    "brackets": (lambda: HEAD + b"---\nrequest: " + b"[" * 4 * MIB + b"\n" + END, "nested deeper"),
    "indentation": (
        lambda: HEAD + b"---\n" + b"".join(b" " * i + b"a:\n" for i in range(2000)) + END,
        "nested deeper",
    ),
    "dashes": (lambda: HEAD + b"---\n" + b"- " * MIB + b"\n" + END, "nested deeper"),
    "question marks": (lambda: HEAD + b"---\n" + b"? " * MIB + b"\n" + END, "a key must be a string"),
    "a giant block": (lambda: HEAD + document(b"    text: |-\n      " + b"x" * 4 * MIB + b"\n") + END, ""),
    "a giant block of lines": (lambda: HEAD + document(b"    text: |-\n" + b"      x\n" * MIB) + END, ""),
    "a giant of escapes": (lambda: HEAD + document(b'    text: "' + b"\\x41" * MIB + b'"\n') + END, ""),
    "a giant that only YAML reads": (
        lambda: HEAD + document(b"    text:   " + b"ab " * MIB + b"\n") + END,
        "",
    ),
    "a giant key": (lambda: HEAD + b"---\n? " + b"k" * 4 * MIB + b"\n: 1\n" + END, "longer than 65,536"),
    "a giant header": (lambda: HEAD + document(headers=b"    X-A: " + b"x" * 4 * MIB + b"\n") + END, ""),
    "a giant URL": (lambda: HEAD + document(url=b"https://h/" + b"a" * 4 * MIB) + END, ""),
    "headers": (
        lambda: HEAD + document(headers=b"".join(b"    X-%d: a\n" % i for i in range(200_000))) + END,
        "",
    ),
    "headers for YAML": (
        lambda: HEAD + document(headers=b"".join(b"    X-%d:  a\n" % i for i in range(100_000))) + END,
        "",
    ),
    "chunks": (lambda: HEAD + document(more=b"  chunks: [" + b"1, " * MIB + b"1]\n") + END, ""),
    "documents": (lambda: HEAD + document() * 10_000 + END, ""),
    "empty documents": (lambda: HEAD + b"---\n" * MIB + END, "the document is empty"),
    "separators that are none": (lambda: HEAD + b"\n---x" * MIB, "not valid YAML"),
    "comments": (lambda: HEAD + b"# x\n" * MIB + document() + END, ""),
    "nested JSON": (
        lambda: HEAD + document(b"    json: '" + b"[" * MIB + b"]" * MIB + b"'\n") + END,
        "nested",
    ),
    "flat JSON": (
        lambda: HEAD + document(b"    json: '[" + b"[]," * MIB + b"1]'\n    layout: compact\n") + END,
        "",
    ),
    "codings": (
        lambda: HEAD + document(b"    encoding: '" + b"gzip," * 200 + b"gzip'\n    text: hi\n") + END,
        "",
    ),
    "NUL bytes": (lambda: b"\0" * 4 * MIB, "U+0000"),
    "one line": (lambda: b"a" * 4 * MIB, "must be a mapping"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_what_its_size_allows(tmp_path: Path, name: str) -> None:
    """Bombs are refused, and what is merely gigantic is read within a fixed multiple of its size."""
    made, said = HOSTILE[name]
    content = made()
    path = tmp_path / "h.yaml"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        found = read_whole(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if said:
        assert said in str(found)
    elif isinstance(found, CassetteUnreadable):
        raise found
    assert peak < 2 * MIB + FACTOR * len(content)


@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_what_never_ends_is_not_read(tmp_path: Path, kind: str) -> None:
    """A link to a device, and a pipe that nobody writes to, are no cassettes; nobody waits for them."""
    path = tmp_path / "c.yaml"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    found = read_whole(path)
    assert "it is no regular file" in str(found)


def test_a_body_that_never_ends_is_not_read(tmp_path: Path) -> None:
    """Nor is a pipe in the place of a body."""
    os.mkfifo(tmp_path / "body")
    path = tmp_path / "c.yaml"
    path.write_bytes(HEAD + document(b"    file: body\n    sha256: '0'\n") + END)
    assert "it is no regular file" in str(read_whole(path))
