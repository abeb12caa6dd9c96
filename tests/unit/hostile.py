"""Cassettes from strangers: bytes of any kind, real cassettes with damage done to them, and what reads them.

`tests/unit/test_hostile.py` tries some of them each time; `nox -s fuzz -- 600` (seconds) goes on for as long as it is told to.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from click.testing import CliRunner
from hypothesis import strategies as st
from tests.unit.interactions import interactions
from tests.unit.storage.documents import damaged

from api_mocker._core.canonical import Canonical, Ignore
from api_mocker._core.meaning import meaning
from api_mocker._core.views import as_wire
from api_mocker._storage import schema
from api_mocker._storage.emit import emit
from api_mocker._storage.files import CassetteFile
from api_mocker._storage.stream import assemble
from api_mocker.cli import main
from api_mocker.exceptions import CassetteUnreadable, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from api_mocker import Interaction

__all__ = ["anything", "read_whole", "run_commands", "written"]

_DRIVES = re.compile("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What a terminal would act on: control and bidirectional characters."""

TOKENS = [
    *(b"&a ", b"*a", b"!!python/object/apply:os.system ", b"<<: ", b"? ", b"- " * 40, b"[" * 40, b"{" * 40),
    *(b"%YAML 1.1\n", b"---\n", b"...\n", b"\n--- #\n", b"|\n", b">-\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0"),
    *(
        b'"\\ud800"',
        b'"\\x1b[2J"',
        b"9" * 5000,
        b"1e999999999",
        b"\r\n",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\x1b]0;",
    ),
    *(
        b"    file: ../../../etc/passwd\n    sha256: x\n",
        b"    encoding: gzip,gzip\n",
        b"    encoding: zstd\n",
    ),
    *(b"    recipe: level=99999999999999999999\n", b"    recipe: header=zz\n", b"    charset: punycode\n"),
    *(
        b"  chunks: [-1, 99999999999999999999]\n",
        b"    json: '[1e5000]'\n",
        b"    layout: 1,2,3\n",
        b"url: http://[::1",
    ),
    *(
        b"url: http://a:99999999/",
        "url: http://a\u2100b/".encode(),
        b"<redacted:a:1>",
        b"<redacted:a:99999999999999>",
    ),
    *(
        b"Content-Type: multipart/form-data; boundary=\n",
        b"Content-Encoding: gzip\n",
        b"Transfer-Encoding: chunked\n",
    ),
]


def written(recorded: list[Interaction], test: str = "t.py::t") -> bytes:
    """A cassette of these."""
    return b"".join(
        assemble(emit(schema.header(test)), [emit(schema.write(each)).encode() for each in recorded])
    )


cassettes = st.lists(interactions, min_size=1, max_size=3).map(written)


@st.composite
def _spliced(draw: st.DrawFn) -> bytes:
    """A cassette with bytes turned over, cut out, put in from a table or from another place in it."""
    content = bytearray(draw(cassettes))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.integers(0, 4)):
            case 0 if content:
                content[at] ^= 1 << draw(st.integers(0, 7))
            case 1:
                del content[at : at + draw(st.integers(1, 40))]
            case 2:
                start = draw(st.integers(0, len(content)))
                content[at:at] = content[start : start + draw(st.integers(1, 200))]
            case _:
                content[at:at] = draw(st.sampled_from(TOKENS))
    return bytes(content)


@st.composite
def _reworded(draw: st.DrawFn) -> bytes:
    """A cassette with its lines edited, as YAML."""
    return draw(damaged(draw(cassettes).decode())).encode("utf-8", "surrogatepass")


anything = st.one_of(
    _spliced(),
    _reworded(),
    cassettes,
    st.binary(max_size=200),
    st.lists(st.sampled_from(TOKENS) | st.binary(max_size=5), max_size=12).map(b"".join),
)
"""Bytes that may stand in a file called a cassette."""


def read_whole(path: Path) -> int | CassetteUnreadable:
    """All that a cassette holds, read, sorted, compared and made ready to be sent: how many interactions, or why none."""
    count = 0
    try:
        for entry in CassetteFile(path).entries():
            interaction = entry.interaction
            with suppress(ValueError, UsageError):  # which the engine calls unreadable, with the line
                as_wire(interaction)
            _ = Canonical(interaction.request, Ignore()).body
            entry.place(Ignore())
            meaning(interaction, Ignore())
            count += 1
    except CassetteUnreadable as error:
        return error
    return count


def run_commands(path: Path) -> None:
    """Each command that reads a cassette, on this one; AssertionError where it ends in anything but an answer."""
    each = str(path)
    for args in (
        ["check", "--secrets", each],
        ["check", each],
        ["show", each],
        ["list", str(path.parent)],
        ["diff", each, each],
        ["to-mocks", each],
        ["redact", each],
    ):
        done = CliRunner().invoke(main, ["cassette", *args])
        assert done.exception is None or isinstance(done.exception, SystemExit), args
        assert done.exit_code in (0, 1, 2), args
        assert not _DRIVES.search(done.output), args
