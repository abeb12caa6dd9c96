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


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ("password: |\n  x9 y\na: 1\n", f"password: |\n  {P}\na: 1\n"),
        ("- password: >-\n    x9\n    y9\n  a: 1\n", f"- password: >-\n    {P}\n  a: 1\n"),
        (
            "a:\n  password: |2+ # so\n\n     x9\n\n    y9\n  b: 1",
            f"a:\n  password: |2+ # so\n\n     {P}\n  b: 1",
        ),
        ("password: |\r\n\tx9\r\nb: 1", f"password: |\r\n\t{P}\r\nb: 1"),
        ("  password: |\n  b: x9", "  password: |\n  b: x9"),
        ("password: |\n", "password: |\n"),
    ],
)
def test_a_block_of_yaml(body: str, stored: str) -> None:
    """The indented lines after the name are its value."""
    assert redacted(body, "application/yaml") == stored


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ('<textarea rows="2" name="password">x 9</textarea>', f'<textarea rows="2" name="password">{P}</textarea>'),
        ('<textarea name="password"></textarea><p>x9</p>', '<textarea name="password"></textarea><p>x9</p>'),
        ('<label name="password">Your password</label>', '<label name="password">Your password</label>'),
    ],
)  # fmt: skip
def test_a_text_area(body: str, stored: str) -> None:
    """What stands in it is the value of the field."""
    assert redacted(body, "text/html") == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("app --password x9 -v", f"app --password {P} -v"),
        ("app --password=x9 -v", f"app --password={P} -v"),
        ("app --db-password 'x 9' -v", "app --db-password '<redacted:db-password:1>' -v"),
        ("app --token x9", "app --token <redacted:token:1>"),
        ("machine h login u password x9\n", f"machine h login u password {P}\n"),
        ("machine h\n  login u\n  password hunter\n", f"machine h\n  login u\n  password {P}\n"),
        ("default login u password x9", f"default login u password {P}"),
        ("curl -u bob:x9 https://h", "curl -u bob:<redacted:userinfo:1> https://h"),
        ("curl -s --user 'bob:x 9' https://h", "curl -s --user 'bob:<redacted:userinfo:1>' https://h"),
        ("curl -ubob:x9 https://h", "curl -ubob:<redacted:userinfo:1> https://h"),
    ],
)
def test_commands_and_netrc(text: str, stored: str) -> None:
    """What follows an option, or a word of a file of passwords, that names a secret."""
    assert redacted(text) == stored


@pytest.mark.parametrize(
    "text",
    [
        "app [--password PASSWORD] [--token TOKEN]",
        "use --password to set one, --token --verbose",
        "app --password $PASSWORD --token <your-token> --secret {secret}",
        "curl -u user:password https://h and curl -u $USER:$PASS or curl -u <user>:<pw>",
        "your machine wants a login and a password 8 letters long",
        "the default password is long",
        "tar -u bob:x9",
    ],
)
def test_commands_as_manuals_have_them(text: str) -> None:
    """Neither what to put in nor prose is a secret."""
    assert redacted(text) == text
