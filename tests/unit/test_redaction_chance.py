"""What chance makes look like a secret: in bytes that are no text, and in base64."""

from __future__ import annotations

import base64
from random import Random

import pytest

from api_mocker._core.model import Headers, Response
from api_mocker._core.redaction import Redactor, Rules

ARCHIVE = b"PK\x03\x04\x14\x00\xff\xfe\x8e"


def stored(body: bytes, *headers: tuple[str, str]) -> bytes:
    return Redactor(Rules()).response(Response(200, Headers(headers), body)).body


@pytest.mark.parametrize(
    "found",
    [
        b"\x80PwD=)\xd3\xdf\x04\xf8\x15\x1e",
        b'"&CvV:\xa1v\x1c',
        b"'SSn=-|8=6^\x98\n",
        b"\xefujWt=R\xc56\xdd@\xb2",
    ],
)
@pytest.mark.parametrize("headers", [(), (("Content-Type", "application/octet-stream"),)])
def test_a_name_in_what_is_no_text_names_nothing(found: bytes, headers: tuple[tuple[str, str], ...]) -> None:
    """Also where nobody declares it: an archive with one byte changed cannot be opened any more."""
    body = ARCHIVE + found + bytes(20)
    assert stored(body, *headers) == body


@pytest.mark.parametrize(
    "line",
    [
        "zuRjQg/INm9d9VxhO1xhDKPIf0JSMWkPfB4J25Nq4iok1AQvtBIvPWD/zuRjRQg2xA9uuroyghUgci",
        "+Oriy/QWVIYgjEPwd/UjOySSOJUeLMRKxQT2r/MrVxfGrZph9WzvxgUxjE6A3",
        "VMFZq0lt7I+4SAonjU8/IiPwd/yX5b6IGmd1sjmdWc4m55urPH49oviE",
    ],
)
def test_a_name_in_base64_names_nothing(line: str) -> None:
    """Its slashes make no path of it."""
    body = f"begin\n{line}\nend\n".encode()
    assert stored(body, ("Content-Type", "text/plain")) == body


@pytest.mark.parametrize(
    "name", ["password", "access-token", "access_token", "apiKey", "Token", "PASSWORD", "oauth2_token"]
)
def test_a_name_in_a_path_in_a_text_names_what_follows(name: str) -> None:
    """As in the path of a URL."""
    hidden = stored(f"GET /v1/{name}/9fQ2xL7b3Wz now\n".encode(), ("Content-Type", "text/plain"))
    assert hidden.startswith(f"GET /v1/{name}/<redacted:".encode())
    assert b"9fQ2xL7b3Wz" not in hidden


@pytest.mark.parametrize(
    ("link", "secret"),
    [(b"/x?pwd=hunter2\x00\x81", b"hunter2"), (b"/x?cvc=123&a=1", b"123"), (b"?api_key=9fQ2\xff", b"9fQ2")],
)
def test_a_readable_value_in_a_link_in_what_is_no_text_is_hidden(link: bytes, secret: bytes) -> None:
    """Chance does not write so many letters behind a name."""
    hidden = stored(ARCHIVE + link + bytes(20))
    assert secret not in hidden
    assert b"<redacted:" in hidden


def test_of_random_bytes_all_stay() -> None:
    """A megabyte in which chance wrote the name of a password."""
    body = Random(17).randbytes(1 << 20)
    assert b"pwd=" in body.lower()
    assert stored(body) == body


def test_of_random_base64_all_stays() -> None:
    """A megabyte with such a name in it: the attachments of mails, and keys that are public, are full of it."""
    random = Random(1001)
    body = b"".join(base64.b64encode(random.randbytes(90)) + b"\n" for _ in range(8700))
    assert b"pwd/" in body.lower()
    assert stored(body, ("Content-Type", "text/plain")) == body
