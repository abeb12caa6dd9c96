"""Properties of redaction over names, values and places: no secret stays, and no text takes longer than it is long."""

from __future__ import annotations

import contextlib
import html
import json
import re
from urllib.parse import quote, quote_plus, unquote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.redacting import EVENTS, FORM, JSON, all_of, received, redactor, sent

from api_mocker._core.model import Headers, Interaction, Request, Response
from api_mocker._core.placeholders import PLACEHOLDER, is_stand_in

# Properties over names, values and places

NAMES = st.sampled_from(["access_token", "password", "api-key", "clientSecret", "X-Auth-Token", "privateKey"])
SECRETS = st.builds(
    lambda head, middle, tail: head + middle + tail,
    st.from_regex(r"[A-Za-z]{2}[0-9]{2}", fullmatch=True),
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]),
        min_size=3,
        max_size=20,
    ),
    st.from_regex(r"[A-Za-z][0-9]{2}", fullmatch=True),
)


def header_form(value: str) -> str:
    return value.encode().decode("latin-1")


def boundary_body(name: str, value: str) -> bytes:
    return f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--B--\r\n'.encode()


NAMED_PLACES = {
    "json": lambda name, value: sent("https://h/", JSON, body=json.dumps({"a": [{name: value}]})),
    "json as utf-8": lambda name, value: sent(
        "https://h/", JSON, body=json.dumps({name: [value]}, ensure_ascii=False)
    ),
    "form": lambda name, value: sent("https://h/", FORM, body=urlencode({"a": 1, name: value})),
    "query": lambda name, value: sent(f"https://h/?{quote(name)}={quote(value, safe='')}"),
    "header": lambda name, value: sent("https://h/", (name, header_form(value))),
    "multipart": lambda name, value: sent(
        "https://h/", ("Content-Type", "multipart/form-data; boundary=B"), body=boundary_body(name, value)
    ),
    "json in json": lambda name, value: sent(
        "https://h/", JSON, body=json.dumps({"a": json.dumps({name: value})})
    ),
}
ECHO_PLACES = {
    "path": lambda value: received(("Location", f"/x/{quote(value, safe='')}/y")),
    "path, lower case": lambda value: received(
        ("Location", re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), f"/x/{quote(value)}/y"))
    ),
    "query": lambda value: received(("Location", f"/x?q=%20{quote_plus(value)}%20&r=1")),
    "nested url": lambda value: received(("Location", f"/x?q={quote(f'/y?z={quote(value)}')}")),
    "header": lambda value: received(("X-Echo", f"it is {header_form(value)}.")),
    "text": lambda value: received(("Content-Type", "text/plain; charset=utf-8"), body=f"it is {value}."),
    "json": lambda value: received(JSON, body=json.dumps({"m": f"it is {value}.", "n": 1})),
    "json key": lambda value: received(JSON, body=json.dumps({value: 1}, ensure_ascii=False)),
    "json in json": lambda value: received(JSON, body=json.dumps({"m": json.dumps({"m": f"is {value}."})})),
    "html": lambda value: received(("Content-Type", "text/html"), body=f"<p>{html.escape(value)}</p>"),
    "event": lambda value: received(EVENTS, body=f"data: {json.dumps({'m': value})}\n\n"),
    "binary": lambda value: received(
        ("Content-Type", "image/png"), body=b"\xff\x00" + value.encode() + b"\xfe"
    ),
}


def readings(message: Request | Response) -> list[str]:
    """A message as it is, and with its escapes undone, up to three times."""
    texts = [all_of(message)]
    for _ in range(3):
        text = texts[-1]
        with contextlib.suppress(UnicodeError):
            text = text.encode("latin-1").decode("utf-8")
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text).replace('\\"', '"')
        texts.append(html.unescape(unquote(text.replace("+", " ")).replace("\\\\", "\\")))
    return texts


@given(NAMES, SECRETS, st.sampled_from(sorted(NAMED_PLACES)), st.sampled_from(sorted(ECHO_PLACES)))
@settings(max_examples=400, deadline=None)
def test_no_secret_survives(name: str, value: str, place: str, echo: str) -> None:
    """A value that a name gives away is nowhere, in plain form or any encoding, in any part of any message."""
    value = value.strip()
    original = Interaction(NAMED_PLACES[place](name, value), ECHO_PLACES[echo](value))
    [sealed] = redactor().seal([original])
    assert sealed.response is not None
    for message in (sealed.request, sealed.response):
        for text in readings(message):
            assert value not in text
            assert header_form(value) not in text
        assert "redacted:" in all_of(message)


@given(NAMES, SECRETS, st.sampled_from(sorted(NAMED_PLACES)), st.sampled_from(sorted(ECHO_PLACES)))
@settings(deadline=None)
def test_redacting_twice_is_redacting_once(name: str, value: str, place: str, echo: str) -> None:
    """Also by another redactor, which has never seen the values: placeholders are left alone."""
    one = redactor()
    [sealed] = one.seal(
        [Interaction(NAMED_PLACES[place](name, value.strip()), ECHO_PLACES[echo](value.strip()))]
    )
    assert sealed.response is not None
    for other in (one, redactor()):
        assert other.request(sealed.request) == sealed.request
        assert other.response(sealed.response) == sealed.response


JOINTS = st.sampled_from([",", " ", "", "9,", '":', '" ', ", x", ' "', '"'])


@given(
    SECRETS.filter(lambda value: not {*value} & {*'"\\<>'}),
    NAMES,
    st.sampled_from(["{name}", "{value}-{name}", "x {value} {name}", "{value}.{name}"]),
    st.lists(JOINTS, min_size=3, max_size=3),
    st.sampled_from(["json", "form", "query", "multipart", "header"]),
)
@settings(max_examples=400, deadline=None)
def test_no_name_of_a_placeholder_holds_a_value(
    value: str, name: str, spelled: str, joints: list[str], place: str
) -> None:
    """Not in JSON that is broken, nor where the name of a field tells its value or that of another one."""
    one, two, three = joints
    broken = f'{{"secret":"{value}{one}"{name}":"{two}{value}{three}","a{name}":"{value}9"}}'
    field = spelled.format(name=name, value=value)
    whole = NAMED_PLACES["json"](field, value)
    requests = [sent("https://h/", JSON, body=broken), whole, NAMED_PLACES[place](name, value)]
    messages = redactor().seal([Interaction(request, received(JSON, body=broken)) for request in requests])
    told = value.lower().strip()
    for message in messages:
        assert message.response is not None
        for part in (message.request, message.response):
            names = [found for found, _ in PLACEHOLDER.findall(unquote(all_of(part)))]
            assert not any(told[:8] in found or told[-8:] in found for found in names)


@given(NAMES, st.integers(1, 99), st.sampled_from(sorted(NAMED_PLACES)))
def test_a_placeholder_keeps_its_name_and_number(name: str, number: int, place: str) -> None:
    """A replayed placeholder that the code sends back, however its client encodes it, is itself."""
    mask = f"<redacted:other.name:{number}>"
    stored = redactor().request(NAMED_PLACES[place](name, mask))
    assert PLACEHOLDER.findall(all_of(stored)) == [("other.name", str(number))]
    number_body = '{"token": 909090007, "secret": 9000909090900007}'
    assert redactor().request(sent("https://h/", JSON, body=number_body)).body.decode() == number_body
    assert is_stand_in("909090007")


@given(
    st.sampled_from(
        [
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=B",
            "text/event-stream",
            "",
        ]
    ),
    st.sampled_from(["", "utf-8", "utf-16", "ascii", "no-such-charset", "utf-7", "idna", "rot13"]),
    st.binary(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                b'"token"',
                b":",
                b'"',
                b"\\",
                b"{",
                b"[",
                b"}",
                b"--B",
                b"\r\n",
                b"\n\n",
                b"=",
                b"&",
                b"%",
                b"\xff",
                b"\\u00",
                b"?",
                b"eyJ",
            ]
        ),
        max_size=20,
    ).map(b"".join),
    st.text(st.characters(max_codepoint=255), max_size=30),
)
@settings(max_examples=400, deadline=None)
def test_odd_input_never_raises(kind: str, charset: str, body: bytes, text: str) -> None:
    """Broken JSON, bad percent-encoding, unknown charsets: whatever comes is redacted as far as it can be read."""
    headers = Headers(
        (
            ("Content-Type", f"{kind}; charset={charset}" if charset else kind),
            ("Cookie", text),
            ("Link", text),
        )
    )
    one = redactor(values=["x"])
    request = Request("POST", f"https://h/{text}?{text}", headers, body)
    response = Response(200, headers, body, chunks=(len(body),))
    [sealed] = one.seal([Interaction(request, response)])
    assert sealed.response is not None
    assert one.request(sealed.request) == sealed.request
    assert one.response(sealed.response).body == sealed.response.body


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        '{"token":',
        '"',
        "\\",
        '{"a":"',
        "?a=",
        "a\\\\\\b\\/",
        "sk-",
        "eyJaaaaaaaa-",
        "a=b;",
        "&amp;",
        "token=",
        'token="',
        "Authorization: ",
        "Authorization: {",
        "Bearer+",
        '\\"token\\":\\"',
        "password: ",
        "4111 ",
        '<input name="token" ',
        "glpat-aaaaaaaaaaaaaaaaaaaa.",
        "/token/",
        '{"name":"token",',
        "eyJheyJheyJheyJh ",
        "://a:b",
        "password: |\n ",
        "machine h password x ",
        "app --password ",
        "curl -u 'a:",
        '<textarea name="token">',
        "&lt;a>",
        '{"query":"{a(token:$a',
    ],
)
def test_no_text_takes_longer_than_it_is_long(piece: str) -> None:
    """Depth, stray quotes, backslashes and long runs are read in one go; what is quadratic would take minutes."""
    one = redactor(values=['a\\\\b\\/"%25&amp; x12345'])
    body = piece * (60_000 // len(piece))
    one.response(received(JSON, ("Set-Cookie", body), ("Link", body), body=body))
    one.request(sent(f"https://h/?x={body}", FORM, ("Cookie", body), ("Authorization", body), body=body))
