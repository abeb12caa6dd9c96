"""Windows over a large body: what is hidden in a body that is held is hidden in one that is not, and nothing else."""

from __future__ import annotations

import json
import re
import zlib
from random import Random
from typing import TYPE_CHECKING

import pytest

from api_mocker._core.coding_large import flowing
from api_mocker._core.large_body import held
from api_mocker._core.model import Headers, Response
from api_mocker._core.redaction import Redactor, Rules

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOW = 16_384
_SECRET = "abcdefXYZ0123456789"


class Writer:
    """Writes texts of each kind, with secrets close together."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def word(self) -> str:
        return "".join(self.random.choices("abcdefghijklmnop", k=self.random.randint(1, 12)))

    def secret(self) -> str:
        return "Tk" + "".join(self.random.choices(_SECRET, k=self.random.randint(10, 40)))

    def line(self) -> str:
        match self.random.randint(0, 9):
            case 0:
                return f"password: {self.secret()}"
            case 1:
                return f"token={self.secret()}; other={self.word()}"
            case 2:
                return "ghp_" + "".join(self.random.choices(_SECRET, k=36))
            case 3:
                return f'<input name="password"\n   value="{self.secret()}">'
            case 4:
                return f"GET /x?access_token={self.secret()}&b={self.word()}"
            case _:
                return " ".join(self.word() for _ in range(self.random.randint(1, 20)))

    def lines(self, end: str = "\n") -> str:
        return end.join(self.line() for _ in range(1500))

    def words(self) -> str:
        return self.lines(" ").replace("\n", " ")

    def page(self) -> str:
        return "".join(f"<p>{self.line()}</p>" + self.random.choice(["", "\n"]) for _ in range(1500))

    def records(self) -> str:
        """JSON lines, some of them longer than a window."""
        return "\n".join(
            json.dumps(
                {
                    "a": self.word(),
                    self.random.choice(["password", "b"]): self.secret(),
                    "l": [self.word()] * self.random.choice([0, 10, 5000]),
                    "s": {"secret": [self.secret(), self.secret()]},
                }
            )
            for _ in range(60)
        )

    def events(self) -> str:
        return "\n\n".join(
            f'data: {{"password":\ndata: "{self.secret()}"}}'
            if self.random.random() < 0.3
            else "data: " + self.line().replace("\n", " ")
            for _ in range(1500)
        )

    def table(self, end: str = "\r\n") -> str:
        long = "\n".join(["a, note"] * 3000)
        rows = [f'{each},"{self.word()}\n""{self.word()}""",{self.secret()}' for each in range(700)]
        return end.join(["id,note,password", *rows, f'7,"{long}",{self.secret()}', *rows])

    def old_table(self) -> str:
        return "\r".join(["id,password", *(f"{each},{self.secret()}" for each in range(1500))])

    def structure(self) -> str:
        """JSON that cannot be read in parts."""
        inner = [{"name": "password", "value": self.secret()}, {"password": self.secret(), "x": self.word()}]
        return json.dumps(
            {"errors": ["x" * 20_000], "list": inner * 300}, indent=self.random.choice([None, 1])
        )

    def form(self) -> str:
        return "&".join(f"password={self.secret()}&b={self.word()}" for _ in range(700))

    def document(self) -> str:
        items = "".join(f"<i><password>\n  {self.secret()}\n</password></i>\n" for _ in range(700))
        return f"<?xml version='1.0'?><r>{items}</r>"


KINDS: dict[str, tuple[Callable[[Writer], str], str, str]] = {
    "lines": (Writer.lines, "text/plain", "utf-8"),
    "words": (Writer.words, "text/plain", "utf-8"),
    "undeclared": (Writer.lines, "", "utf-8"),
    "octets": (Writer.words, "application/octet-stream", "utf-8"),
    "wide": (Writer.lines, "text/plain; charset=utf-16", "utf-16"),
    "wide, undeclared": (Writer.words, "", "utf-16"),
    "html": (Writer.page, "text/html", "utf-8"),
    "ndjson": (Writer.records, "application/x-ndjson", "utf-8"),
    "events": (Writer.events, "text/event-stream", "utf-8"),
    "csv": (Writer.table, "text/csv", "utf-8"),
    "old csv": (Writer.old_table, "text/csv", "utf-8"),
    "json": (Writer.structure, "application/json", "utf-8"),
    "form": (Writer.form, "application/x-www-form-urlencoded", "utf-8"),
    "xml": (Writer.document, "text/xml", "utf-8"),
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_is_hidden(kind: str, seed: int) -> None:
    """Whatever a body is, and wherever its windows end."""
    write, declared, charset = KINDS[kind]
    body = write(Writer(seed)).encode(charset)
    headers = Headers.of([("Content-Type", declared)] if declared else [])
    as_held = Redactor(Rules()).response(Response(200, headers, body))
    as_large = Redactor(Rules(), window=_WINDOW).response(Response(200, headers, large=held(body)))
    assert b"redacted" in as_held.body.replace(b"\0", b"")
    assert _unnumbered(as_large.content) == _unnumbered(as_held.body)


def _unnumbered(body: bytes) -> bytes:
    """What is learnt in an earlier window takes its number earlier."""
    return re.sub(rb":\d+>", b">", body.replace(b"\0", b""))


@pytest.mark.parametrize("wbits", [31, 15, -15])
def test_a_coding_is_undone_piece_by_piece(wbits: int) -> None:
    """gzip, zlib and, as some servers send it, bare deflate: up to its last byte."""
    for seed in range(40):
        content = Random(seed).randbytes(300) * (1 + 4000 * (seed == 0))
        deflate = zlib.compressobj(seed % 10, zlib.DEFLATED, wbits)
        coded = deflate.compress(content) + deflate.flush()
        assert b"".join(flowing(held(coded))) == content
