"""Redaction of the smaller forms in which a name and its value are written."""

from __future__ import annotations

import pytest

from api_mocker._core.model import Headers, Request, Response
from api_mocker._core.redaction import Redactor, Rules


def redacted(body: str, kind: str = "text/plain") -> str:
    request = Request("POST", "https://h/", Headers((("Content-Type", kind),)), body.encode())
    stored = Redactor(Rules.default()).request(request)
    assert Redactor(Rules.default()).request(stored) == stored
    return stored.body.decode()


P = "<redacted:password:1>"


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ('{"type": "password", "value": "x9", "temporary": false}', f'{{"type": "password", "value": "{P}", "temporary": false}}'),
        ('[{"value": "x9", "type": "password"}]', f'[{{"value": "{P}", "type": "password"}}]'),
        ('{"type": "password", "name": "field", "value": "x9"}', f'{{"type": "password", "name": "field", "value": "{P}"}}'),
        ('{"name": "password", "type": "text", "value": "x9"}', f'{{"name": "password", "type": "text", "value": "{P}"}}'),
        ('{"credentials": {"value": "x9"}}', '{"credentials": {"value": "<redacted:credentials:1>"}}'),
        ('{"credentials": [{"type": "otp", "value": "x9"}]}', '{"credentials": [{"type": "otp", "value": "<redacted:credentials:1>"}]}'),
    ],
)  # fmt: skip
def test_json_that_tells_a_type(body: str, stored: str) -> None:
    """A value whose type is a password, and the value of credentials, in either order."""
    assert redacted(body, "application/json") == stored


@pytest.mark.parametrize(
    "body",
    [
        '{"type": "token", "value": "function"}',
        '{"type": "pin", "value": 3}',
        '{"type": "password", "content": "Forgot your password?"}',
        '{"type": "text", "value": "x9"}',
        '{"credentials": {"type": "oauth"}, "value": "x9"}',
        '[{"credentials": 1}, {"value": "x9"}]',
    ],
)
def test_json_that_tells_another_type(body: str) -> None:
    """The tokens of a language, the pins of a map and the texts of a form are none."""
    assert redacted(body, "application/json") == body


def test_xml_that_tells_a_type() -> None:
    """As JSON does."""
    body = "<c><type>password</type><value>x9</value></c>"
    assert redacted(body, "text/xml") == body.replace("x9", "&lt;redacted:password:1&gt;")


def test_cookies_of_rfc_2965() -> None:
    """Each cookie of the list loses its value."""
    headers = Headers((("Set-Cookie2", 'sid="x9"; Version="1"; Path="/a", b=y9; Version="1"'),))
    stored = Redactor(Rules.default()).response(Response(200, headers, b"")).headers
    told = 'sid="<redacted:sid:1>"; Version="1"; Path="/a", b=<redacted:b:1>; Version="1"'
    assert stored.pairs == (("Set-Cookie2", told),)


def test_a_part_with_an_encoded_name() -> None:
    """RFC 5987 has another way of writing a name."""
    body = "--B\r\nContent-Disposition: form-data; name*=utf-8''pass%77ord\r\n\r\nx9\r\n--B--\r\n"
    assert redacted(body, "multipart/form-data; boundary=B") == body.replace("x9", P)
