"""Redaction: no secret stays, nothing else changes, and doing it twice is doing it once."""

from __future__ import annotations

import base64
import gzip
import json
import re
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.redacting import EVENTS, FORM, JSON, JWT, all_of, received, redactor, sent

from api_mocker._core.model import Coding, Failure, Interaction, Request
from api_mocker._core.placeholders import PLACEHOLDER, stand_in
from api_mocker._core.redaction import Redactor, Rules

# Headers


def test_request_headers_are_an_allow_list() -> None:
    """What chooses the answer is kept, what names a secret is a placeholder, the rest is not stored."""
    request = sent(
        "https://h/",
        ("User-Agent", "me"),
        ("Accept", "*/*"),
        ("X-Api-Key", "k-1"),
        ("X-Weird", "1"),
        ("traceparent", "00-1"),
    )
    assert redactor().request(request).headers.pairs == (
        ("Accept", "*/*"),
        ("X-Api-Key", "<redacted:x-api-key:1>"),
    )


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("Bearer abc", "Bearer <redacted:authorization:1>"),
        ("token abc", "token <redacted:authorization:1>"),
        ("AWS4-HMAC-SHA256 Credential=A/b, Signature=c", "AWS4-HMAC-SHA256 <redacted:authorization:1>"),
        ("my own words", "<redacted:authorization:1>"),
        ("abc", "<redacted:authorization:1>"),
        ("", ""),
    ],
)
def test_the_scheme_of_credentials_stays(value: str, stored: str) -> None:
    """Only a known scheme is kept; the first word of anything else may be a part of the secret."""
    assert redactor().request(sent("https://h/", ("Authorization", value))).headers["authorization"] == stored


def test_cookies_keep_their_names() -> None:
    """A reader sees which cookies were sent; on the way back attributes stay for the cookie jar."""
    one = redactor()
    request = one.request(sent("https://h/", ("Cookie", 'sid=abc; theme="dark"; empty=')))
    response = one.response(
        received(("Set-Cookie", "sid=abc; Path=/; HttpOnly"), ("Set-Cookie", "gone=; Max-Age=0"))
    )
    assert request.headers["cookie"] == 'sid=<redacted:sid:1>; theme="<redacted:theme:1>"; empty='
    assert response.headers.get_all("set-cookie") == [
        "sid=<redacted:sid:1>; Path=/; HttpOnly",
        "gone=; Max-Age=0",
    ]


def test_a_cookie_without_a_name_is_a_value() -> None:
    """It is all that there is to hide, as its server sees it (RFC 6265bis)."""
    one = redactor()
    request = one.request(sent("https://h/", ("Cookie", "sid=abc; Lk4zQ9pX7wR2")))
    response = one.response(received(("Set-Cookie", "Lk4zQ9pX7wR2; Path=/; HttpOnly")))
    assert request.headers["cookie"] == "sid=<redacted:sid:1>; <redacted:cookie:1>"
    assert response.headers["set-cookie"] == "<redacted:cookie:1>; Path=/; HttpOnly"


def test_an_everyday_cookie_does_not_redact_the_page() -> None:
    """The value of a cookie that is no credential is not sought elsewhere."""
    one = redactor()
    one.request(sent("https://h/", ("Cookie", "consent=accepted-all; zone=Europe/Berlin")))
    body = b'{"state": "accepted-all", "zone": "Europe/Berlin"}'
    assert one.response(received(JSON, body=body)).body is body


@pytest.mark.parametrize(
    ("cookie", "path", "body", "stored"),
    [
        (
            "sid=abcDEF123456",
            "/x?sid=abcDEF123456&s=abcDEF123456",
            '{"sid": "abcDEF123456"}',
            ("/x?sid=<redacted:sid:1>&s=<redacted:sid:1>", '{"sid": "<redacted:sid:1>"}'),
        ),
        ("myapp_auth=a1b2c3d4", "/a1b2c3d4", '["a1b2c3d4"]', ("/<redacted:myapp_auth:1>",) * 2),
        ("app_session=kTbQzRwM", "/kTbQzRwM", '["kTbQzRwM"]', ("/<redacted:app_session:1>",) * 2),
        ("session=k1", "/?session=k1", "[]", ("/?session=k1", "[]")),
        (
            "sid=ab12c",
            "/?sid=ab12c&x=ab12c",
            '{"sid":"ab12c","b":"{\\"sid\\": \\"ab12c\\"}"}',
            (
                "/?sid=<redacted:sid:1>&x=ab12c",
                '{"sid":"<redacted:sid:1>","b":"{\\"sid\\": \\"<redacted:sid:1>\\"}"}',
            ),
        ),
        (
            "visitor=Ab3Kd9Qz1",
            "/?visitor=Ab3Kd9Qz1&x=Ab3Kd9Qz1",
            '{"visitor":"Ab3Kd9Qz1","visitors":"Ab3Kd9Qz1"}',
            (
                "/?visitor=<redacted:visitor:1>&x=Ab3Kd9Qz1",
                '{"visitor":"<redacted:visitor:1>","visitors":"Ab3Kd9Qz1"}',
            ),
        ),
    ],
)
def test_a_short_session_is_sought(cookie: str, path: str, body: str, stored: tuple[str, str]) -> None:
    """Of a cookie that is named as one, everywhere; of another one, and a very short one, behind its name."""
    request = sent(f"https://h{path}", JSON, body=body)
    login = Interaction(sent(), received(("Set-Cookie", f"{cookie}; Path=/")))
    _, sealed = redactor().seal([login, Interaction(request, received())])
    assert sealed.request.url == f"https://h{stored[0]}"
    assert sealed.request.body.decode() == (stored[1] if stored[1][0] in "[{" else f'["{stored[1][1:]}"]')


def test_a_harmless_cookie_changes_no_text() -> None:
    """Not even behind its own name: settings, dates and words are the same in many places."""
    cookies = [
        "theme=dark",
        "lang=en",
        "consent=2024-01-01",
        "session=active",
        "auth=signedOutUser",
        "v=2",
        "zone=us-east-1",
    ]
    cookies += [
        "login=20240101",
        "theme2=dark-blue-2024",
        "auth=single-sign-on",
        "currency=EUR",
        "page=12345678",
    ]
    names = [(name, value) for name, _, value in (cookie.partition("=") for cookie in cookies)]
    request = sent(f"https://h/?{urlencode(names)}", JSON, body=json.dumps(dict(names)))
    login = Interaction(sent(), received(*(("Set-Cookie", cookie) for cookie in cookies)))
    _, sealed = redactor().seal([login, Interaction(request, received())])
    assert sealed.request == request


def test_challenges_stay() -> None:
    """A client needs the challenge to answer it again."""
    response = received(("WWW-Authenticate", 'Digest realm="r", nonce="abcdefghijklm123", qop="auth"'))
    assert redactor().response(response) is response


def test_links_in_response_headers() -> None:
    """A redirect and a page link lose their tokens; inside <...> the placeholder is percent-encoded."""
    response = redactor().response(
        received(
            ("Location", "https://h/cb?state=1&code=4f9d8e7a6b5c4d3e2f1a#access_token=zzz&x=1"),
            ("Link", '<https://h/?page=2&access_token=qqq>; rel="next"'),
        )
    )
    location, link = response.headers["location"], response.headers["link"]
    assert (
        location == "https://h/cb?state=1&code=<redacted:code:1>#access_token=<redacted:access_token:1>&x=1"
    )
    assert link == '<https://h/?page=2&access_token=%3Credacted%3Aaccess_token%3A2%3E>; rel="next"'


# URLs


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://u:p@h/x", "https://<redacted:userinfo:1>@h/x"),
        ("https://h/?api_key=k&page=2", "https://h/?api_key=<redacted:api_key:1>&page=2"),
        ("https://h/?apiKey=a%2Bb&b=%20", "https://h/?apiKey=<redacted:apikey:1>&b=%20"),
        (
            "https://h/?X-Amz-Signature=ab&X-Amz-Date=1",
            "https://h/?X-Amz-Signature=<redacted:x-amz-signature:1>&X-Amz-Date=1",
        ),
        ("https://h/?key=AbCdEfGh12345678", "https://h/?key=<redacted:key:1>"),
        ("https://h/?key=name&code=US", "https://h/?key=name&code=US"),
        ("https://h/?page_token=CAUQAA&cursor=abc", "https://h/?page_token=CAUQAA&cursor=abc"),
        (
            "https://h/?to=https%3A%2F%2Fz%2F%3Ftoken%3Dabc",
            "https://h/?to=https%3A%2F%2Fz%2F%3Ftoken%3D<redacted:token:1>",
        ),
        ("https://h/?a=%zz&token=%zz", "https://h/?a=%zz&token=<redacted:token:1>"),
        ("https://h/@x?q=a@b.example", "https://h/@x?q=a@b.example"),
    ],
)
def test_urls(url: str, stored: str) -> None:
    """Userinfo and secret query keys are hidden, everything else stays as it is written."""
    assert redactor().request(sent(url)).url == stored


# Bodies


def test_json_at_any_depth() -> None:
    """All that is below a secret key is hidden, by its type; layout, true, null and dates stay."""
    body = (
        '{ "a": [{"clientSecret": ["x y", 12, 1234567890123, true, null, ""]}],\n'
        '  "token": {"id": "t", "expires_at": "2026-01-01T00:00:00Z"} }'
    )
    stored = (
        '{ "a": [{"clientSecret": ["<redacted:clientsecret:1>", 909090001, 9000909090900001, true, null, ""]}],\n'
        '  "token": {"id": "<redacted:token:1>", "expires_at": "2026-01-01T00:00:00Z"} }'
    )
    assert redactor().request(sent("https://h/", JSON, body=body)).body.decode() == stored


@pytest.mark.parametrize(
    "body",
    [
        '{"access_token": "s3cr3t-value", "x',
        '{"access_token": "s3cr3t-value',
        '{"access_token": ["s3cr3t-value", {"a": "s3cr3t-val',
        '\ufeff{"access_token":\n"s3cr3t-value"}',
        '{"access\\u005ftoken": "s3cr3t-value"}',
        '{"access_token": "s3cr3t\\u002dvalue"}',
        '{"a": "stray " quote", "access_token": "s3cr3t-value"}',
        '{"text": "{\\"access_token\\": \\"s3cr3t-value\\"}"}',
        '[{"access_token" : "s3cr3t-value"},]',
        '{"access_token": "s3cr3t-value"}{"a": 1}',
    ],
)
def test_json_that_is_odd_or_was_cut(body: str) -> None:
    """A strict reader would refuse it, and the secret would stay."""
    stored = redactor().response(received(JSON, body=body)).body.decode()
    assert "s3cr3t" not in stored
    assert "<redacted:access_token:1>" in stored


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        (
            '{"secret":"s3cr3t-val-aa1" "password":"Lk4-zQ9pX7wR2"}',
            '{"secret":"<redacted:secret:1>" "password":"<redacted:password:1>"}',
        ),
        ('{"password":"Lk4-zQ9pX7wR2"9,"a":"b"}', '{"password":"<redacted:password:1>"9,"a":"b"}'),
        ('{"password":"Lk4-zQ9pX7wR2" "a":"b"}', '{"password":"<redacted:password:1>" "a":"b"}'),
        ('{"a":"x"9,"password":"Lk4-zQ9pX7wR2"}', '{"a":"x"9,"password":"<redacted:password:1>"}'),
        (
            '{"secret":"s3cr3t-val-aa1, "password":"Lk4-zQ9pX7wR2"}',
            '{"secret":"<redacted:secret:1>, "password":"<redacted:password:1>"}',
        ),
        (
            '{"secret":"s3cr3t-val-aa1, password":"Lk4-zQ9pX7wR2"}',
            '{"secret":"<redacted:secret:1>, password":"<redacted:password:1>"}',
        ),
        (
            '{"secret":"s3cr3t-val "aa1" "password":"Lk4-zQ9pX7wR2"}',
            '{"secret":"<redacted:secret:1>" "password":"<redacted:password:1>"}',
        ),
        (
            '{"secret":"s3cr3t-val-aa1" x password":"Lk4-zQ9pX7wR2"}',
            '{"secret":"<redacted:secret:1> password":"<redacted:password:1>"}',
        ),
        (
            '{"secret":"s3cr3t-val-aa1":"password":"Lk4-zQ9pX7wR2"}',
            '{"secret":"<redacted:secret:1>":"password":"<redacted:password:1>"}',
        ),
        ('{"note":"n" "token":"Lk4-zQ9pX7wR2"}', '{"note":"n" "token":"<redacted:token:1>"}'),
        (
            '{"token":"tok-1-abcdef"9,"token":"tok-2-abcdef","token":"tok-3-abcdef"}',
            '{"token":"<redacted:token:1>"9,"token":"<redacted:token:2>","token":"<redacted:token:3>"}',
        ),
    ],
)
def test_json_that_misses_a_comma_or_a_quote(body: str, stored: str) -> None:
    """A key and its value are told wherever they stand, and no value becomes a part of a name."""
    assert redactor().response(received(JSON, body=body)).body.decode() == stored


def test_json_in_other_charsets() -> None:
    """A body is read in its charset and written back in it."""
    text = '{"password": "geheim", "ort": "Köln"}'
    for charset in ("latin-1", "utf-16-le", "utf-16-be", "utf-32-le", "cp037"):
        headers = ("Content-Type", f"application/json; charset={charset}")
        stored = redactor().request(sent("https://h/", headers, body=text.encode(charset))).body
        assert stored.decode(charset) == text.replace("geheim", "<redacted:password:1>")
    bare = redactor().request(sent("https://h/", JSON, body=text.encode("utf-16-le"))).body
    assert bare.decode("utf-16-le") == text.replace("geheim", "<redacted:password:1>")


def test_forms() -> None:
    """Form fields, nested ones and JSON in a field too; what is no secret keeps its encoding."""
    body = "grant_type=x&client_secret=a%2Bb&user%5Bpassword%5D=p&note=a+b%21&payload=%7B%22token%22%3A%22t%22%7D"
    stored = redactor().request(sent("https://h/", FORM, body=body)).body.decode()
    assert stored == (
        "grant_type=x&client_secret=<redacted:client_secret:1>&user%5Bpassword%5D=<redacted:user-password:1>"
        "&note=a+b%21&payload=%7B%22token%22%3A%22<redacted:token:1>%22%7D"
    )


def test_a_form_without_its_media_type() -> None:
    """A body that reads as a form is one."""
    assert redactor().request(sent(body="a=1&password=x")).body == b"a=1&password=<redacted:password:1>"


def test_multipart() -> None:
    """A secret part is hidden, a JSON part is read as JSON, a binary file stays as it is."""
    pieces = [
        b'--B\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2',
        b'--B\r\nContent-Disposition: form-data; name="meta"\r\nContent-Type: application/json\r\n\r\n{"token":"t1"}',
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="x.png"\r\n\r\n\x89PNG\r\n\xff\x00',
        b"--B--\r\n",
    ]
    body = b"\r\n".join(pieces)
    stored = (
        redactor()
        .request(sent("https://h/", ("Content-Type", 'multipart/form-data; boundary="B"'), body=body))
        .body
    )
    assert stored == body.replace(b"hunter2", b"<redacted:password:1>").replace(b"t1", b"<redacted:token:1>")


def test_streams_of_json() -> None:
    """Server-sent events and JSON lines, whatever text stands between them."""
    events = 'event: token\ndata: it\'s {"a": "\n\ndata: {"access_token": "t1"}\n\ndata: {"a": 1,\ndata: "token": "t2"}\n\ndata: [DONE]\n\n'
    stored = redactor().response(received(EVENTS, body=events)).body.decode()
    assert stored == events.replace('"t1"', '"<redacted:access_token:1>"').replace(
        '"t2"', '"<redacted:token:1>"'
    )
    lines = '{"token": "t1"\n{"a": "b"}\n{"token": "t2"}\n'
    stored = redactor().response(received(("Content-Type", "application/x-ndjson"), body=lines)).body.decode()
    assert stored == lines.replace("t1", "<redacted:token:1>").replace("t2", "<redacted:token:2>")


@pytest.mark.parametrize(
    ("text", "secret", "name"),
    [
        (f"signed with {JWT}!", JWT, "jwt"),
        ("curl -H 'Authorization: Bearer abc123def456ghi'", "abc123def456ghi", "bearer"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA==", "basic"),
        ("key sk-proj-abcdefghij0123456789", "sk-proj-abcdefghij0123456789", "sk"),
        ("sk_live_abcdefghij0123456789", "sk_live_abcdefghij0123456789", "sk"),
        (
            "x ghp_abcdefghijklmnopqrstuvwxyz0123456789 y",
            "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
            "github_token",
        ),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", "aws_access_key_id"),
        (
            "k=AIzaSyA-1234567890abcdefghijklmnopqrstu",
            "AIzaSyA-1234567890abcdefghijklmnopqrstu",
            "google_api_key",
        ),
        ("xoxb-123456789012-abcdef", "xoxb-123456789012-abcdef", "slack_token"),
        ("clone https://me:pw@git.example/x", "me:pw", "userinfo"),
        ("see https://h/a?x=1&sig=abc", "abc", "sig"),
        ('"next": "https://h/?a=1\\u0026access_token=abc"', "abc", "access_token"),
        ("follow https://h/reset-password/Zq7Rk2Vx9Lm4Tn8Wb3Yc now", "Zq7Rk2Vx9Lm4Tn8Wb3Yc", "path"),
        ('{"kty": "RSA", "d": "Zq7Rk2Vx9Lm4Tn8Wb3Yc"}', "Zq7Rk2Vx9Lm4Tn8Wb3Yc", "private_key"),
    ],
)
def test_values_of_a_secret_form_in_any_text(text: str, secret: str, name: str) -> None:
    """Credentials that are known by their form are hidden wherever they stand."""
    mask = stand_in("jwt:3", 1) if name == "jwt" else f"<redacted:{name}:1>"
    expected = text.replace(secret, mask)
    assert redactor().response(received(("Content-Type", "text/plain"), body=text)).body.decode() == expected
    assert redactor().text(text) == expected


def test_a_private_key() -> None:
    """A PEM key is hidden from its first line to its last, in JSON as well, and when it was cut off."""
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\nOgIB\n-----END RSA PRIVATE KEY-----"
    one = redactor()
    assert one.text(f"a {key} b") == "a <redacted:private_key:1> b"
    body = json.dumps({"pem": key, "a": 1})
    stored = one.response(received(JSON, body=body)).json()
    assert isinstance(stored, dict)
    assert PLACEHOLDER.fullmatch(stored["pem"])
    assert "MIIB" not in one.text(key[:50])


# Harmless things

HARMLESS = {
    "token_type": "bearer",
    "max_tokens": 100,
    "total_tokens": 12,
    "prompt_tokens_details": {"cached_tokens": 3},
    "tokens": [1, 2, 3],
    "next_page_token": "CAUQAA",
    "nextPageToken": "CAUQAA",
    "NextToken": "abcdef",
    "continuation_token": "abc",
    "sync_token": "abc",
    "cursor": "eyJpZCI6MTB9",
    "sort_key": "name",
    "primary_key": "id",
    "public_key": "MIIB",
    "idempotency_key": "b7d1e2c0",
    "key": "uploads/report-2026-11-20.csv",
    "code": "resource_not_found_404",
    "keyboard": "qwerty",
    "secretary": "Alice",
    "password_changed_at": "2026-01-01",
    "has_password": True,
    "token_endpoint": "https://h/oauth/token",
    "author": "Bearer of news, basic information",
    "description": "task-force risk-based sk-learn disk_usage_report",
    "sha": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "id": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "logprobs": {"content": [{"token": "Hello", "logprob": -0.1}]},
    "errors": {"password": ["is too short"]},
    "price_per_token": 0.002,
    "contact": "a@b.example",
    "link": "https://h/search?q=a@b.example&page=2&sort=desc",
    "signature": "c2lnbmVkIGJ5IHVz",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_fields_stay(name: str) -> None:
    """Counts, cursors, identifiers and words that merely look like a secret stay as they are."""
    body = json.dumps({name: HARMLESS[name], "status": "accepted"}).encode()
    response = received(JSON, body=body)
    assert redactor().response(response) is response


@pytest.mark.parametrize(
    "name",
    [
        *("token", "id_token", "secret", "private_key", "passwd", "apiKey", "clientSecret", "authorization"),
        *("access_token", "refreshToken", "X-API-KEY", "stripe_api_key", "aws_secret_access_key", "Password"),
        *("new_password", "client-assertion", "SAMLResponse", "csrf_token", "sessionId", "PRIVATE-TOKEN"),
    ],
)
def test_secret_fields_are_told_in_every_spelling(name: str) -> None:
    """Case, dashes, underscores and camel case make no difference, in JSON, query, form and header."""
    one = redactor()
    body = json.dumps({"a": [{name: "v1"}]})
    request = one.request(sent(f"https://h/?{quote(name)}=v2", (name, "v3"), JSON, body=body))
    form = one.request(sent("https://h/", FORM, body=urlencode({name: "v4"})))
    response = one.response(received((name, "v3"), JSON, body=body))
    for message in (request, form, response):
        assert not re.search(r"\bv[1-4]\b", all_of(message))


bodies = st.recursive(
    # Of more digits, one in ten has the check digit of a card.
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted(HARMLESS)), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(bodies, st.sampled_from([None, 2]))
def test_a_harmless_body_is_the_same_object(value: object, indent: int | None) -> None:
    """Where there is nothing to hide, neither message nor body is made anew."""
    body = json.dumps(value, indent=indent).encode()
    request, response = sent("https://h/a?b=1", JSON, body=body), received(JSON, body=body)
    assert redactor().request(request) is request
    assert redactor().response(response) is response


# One value, one placeholder


def test_a_token_exchange() -> None:
    """A token that one answer gave out is the same placeholder wherever it goes, earlier requests included."""
    token = "tok-4f9d8e7a"
    items = [
        Interaction(sent(f"https://h/early/{token}"), received(body="ok")),
        Interaction(sent("https://h/token"), received(JSON, body=json.dumps({"access_token": token}))),
        Interaction(
            sent(
                f"https://h/x/{token}?t={token}", ("Authorization", f"Bearer {token}"), body=f"say {token}!"
            ),
            received(("Location", f"/next/{token}"), body=f"you said {token}", reason=f"OK {token}"),
        ),
        Interaction(sent(), failure=Failure("reset", f"sending {token}")),
    ]
    early, exchange, use, failed = redactor().seal(items)
    mask = "<redacted:access_token:1>"
    assert early.request.url == f"https://h/early/{mask}"
    assert exchange.response is not None
    assert exchange.response.json() == {"access_token": mask}
    assert use.request.headers["authorization"] == f"Bearer {mask}"
    assert use.request.url == f"https://h/x/{mask}?t={mask}"
    assert use.request.body.decode() == f"say {mask}!"
    assert use.response is not None
    assert (use.response.headers["location"], use.response.reason) == (f"/next/{mask}", f"OK {mask}")
    assert use.response.body.decode() == f"you said {mask}"
    assert failed.failure == Failure("reset", f"sending {mask}")


def test_numbers_follow_the_recorded_order() -> None:
    """Different values of a name count up as they come, after those that are taken."""
    items = [Interaction(sent(f"https://h/?token={value}"), received()) for value in ("a", "b", "a", "c")]
    sealed = Redactor(Rules.default(), {"token": 4}).seal(items)
    assert [re.findall(r"\d+(?=>)", item.request.url) for item in sealed] == [["5"], ["6"], ["5"], ["7"]]


def test_the_password_of_basic_credentials_is_known() -> None:
    """What is inside the base64 is sought as well."""
    credentials = base64.b64encode(b"me:correct-horse-7").decode()
    one = redactor()
    assert one.request(sent("https://h/", ("Authorization", f"Basic {credentials}"))).headers[
        "authorization"
    ] == ("Basic <redacted:authorization:1>")
    assert one.text("wrong password correct-horse-7") == "wrong password <redacted:authorization:2>"


def test_a_number_is_a_number_wherever_it_goes() -> None:
    """A numeric secret keeps one stand-in, in JSON and in text; as part of a longer number it is none."""
    one = redactor()
    stored = one.request(
        sent("https://h/1234567890?x=91234567890", JSON, body='{"token": 1234567890, "a": 1234567890}')
    )
    assert stored.url == "https://h/9000909090900001?x=91234567890"
    assert stored.json() == {"token": 9000909090900001, "a": 9000909090900001}
    quoted = redactor().request(
        sent("https://h/", JSON, body='{"token": "12345678", "a": 12345678, "b": "12345678"}')
    )
    assert quoted.json() == {"token": "<redacted:token:1>", "a": 909090001, "b": "<redacted:token:1>"}


def test_a_number_keeps_its_sign_and_its_point() -> None:
    """A client that computes with it gets what it takes; and the stand-in is left alone."""
    body = '{"password": 12.75, "secret": -93847561, "token": -1.5e3, "pin": 48271}'
    stored = '{"password": 909090001.0, "secret": -909090002, "token": -909090003.0, "pin": 909090004}'
    one = redactor()
    assert one.response(received(JSON, body=body)).body.decode() == stored
    assert redactor().response(received(JSON, body=stored)).body.decode() == stored


def test_a_short_number_is_sought_as_a_whole_value() -> None:
    """In a path, a query, a form and, from six digits on, as a number of JSON; a part of a value is none."""
    told = Interaction(sent("https://h/"), received(JSON, body='{"pin": 48271, "otp": 830152, "cvc": 123}'))
    body = '{"n": 830152, "m": 48271, "l": 8301520, "s": "at 830152", "c": 123}'
    request = sent("https://h:4827/48271/x/830152?q=830152&r=48271-9&t=148271#a=48271", JSON, body=body)
    form = sent("https://h/48271x/", FORM, body="a=830152&b=48271&c=830152.5")
    moved = received(("Location", "/48271?a=830152"), ("Age", "48271"))
    one, two, three = redactor().seal([told, Interaction(request, moved), Interaction(form, received())])
    assert one.response is not None
    assert two.response is not None
    assert one.response.body == b'{"pin": 909090001, "otp": 909090002, "cvc": 909090003}'
    pin, otp = "<redacted:pin:1>", "<redacted:otp:1>"
    assert two.request.url == f"https://h:4827/{pin}/x/{otp}?q={otp}&r=48271-9&t=148271#a={pin}"
    assert two.request.body.decode() == body.replace('"n": 830152', '"n": 909090002')
    assert two.response.headers.pairs == (("Location", f"/{pin}?a={otp}"), ("Age", "48271"))
    assert three.request.url == "https://h/48271x/"
    assert three.request.body.decode() == f"a={otp}&b={pin}&c=830152.5"


def test_plain_words_are_not_sought() -> None:
    """A dummy password that is a word does not turn the word into a placeholder everywhere."""
    one = redactor()
    request = one.request(sent("https://h/customers", FORM, body="password=customers&list=customers"))
    assert request.url == "https://h/customers"
    assert request.body == b"password=<redacted:password:1>&list=customers"


def test_values_known_beforehand() -> None:
    """A value that was given is hidden even where nothing names it, in binary data too."""
    one = redactor(values=["s3cr3t", ""])
    assert one.text("a s3cr3t b") == "a <redacted:secret:1> b"
    binary = b"\xff\x00s3cr3t\xfe"
    assert (
        one.response(received(("Content-Type", "image/png"), body=binary)).body
        == b"\xff\x00<redacted:secret:1>\xfe"
    )


def test_many_known_values_are_all_found() -> None:
    """Beyond a few dozen values another way of seeking them takes over, with the same result."""
    values = [f"value-{index:04d}-{'ab' * (index % 3)}x" for index in range(150)]
    one = redactor(values=values)
    assert PLACEHOLDER.sub("", one.text(" ".join(values))).strip() == ""


def test_binary_bodies_stay() -> None:
    """A body that is no text is not touched for what it looks like."""
    for body in (gzip.compress(b'{"password":"x"}'), b"\xff\xd8token=abc\x00\xfe", bytes(range(256))):
        response = received(("Content-Type", "application/octet-stream"), body=body)
        assert redactor().response(response) is response


# What depends on the body


def test_the_length_follows_the_body_and_digests_go() -> None:
    """Content-Length grows with the body; digests of the old one are dropped; a HEAD answer stays."""
    body = '{"token":"abc"}'
    headers = (
        JSON,
        ("Content-Length", str(len(body))),
        ("Content-MD5", "x"),
        ("x-amz-checksum-crc32", "y"),
        ("ETag", '"e"'),
    )
    stored = redactor().response(received(*headers, body=body))
    assert stored.headers.pairs == (JSON, ("Content-Length", str(len(stored.body))), ("ETag", '"e"'))
    head = received(*headers)
    assert redactor().response(head) is head


def test_a_recipe_stays_and_settles_the_length() -> None:
    """The decoded view of a coded body is redacted; how it was coded is kept for coding it again."""
    coding = Coding("gzip", "zlib:6")
    response = received(JSON, ("Content-Length", "40"), body='{"token":"abc"}', coding=coding)
    stored = redactor().response(response)
    assert (stored.coding, stored.headers["content-length"]) == (coding, "40")
    assert stored.json() == {"token": "<redacted:token:1>"}


def test_chunks_keep_their_boundaries() -> None:
    """A change lies in the chunk in which the old value began, also when it crossed into others."""
    pieces = ['data: {"token": "ab', "cd", 'ef", "é": 1}\n\n', 'data: {"token": "x"}\n\n']
    encoded = [piece.encode() for piece in pieces]
    stored = redactor().response(received(EVENTS, body=b"".join(encoded), chunks=tuple(map(len, encoded))))
    assert list(stored.pieces()) == [
        b'data: {"token": "<redacted:token:1>',
        '", "é": 1}\n\n'.encode(),
        b'data: {"token": "<redacted:token:2>"}\n\n',
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from(["ü", "token: ", "x"]), st.sampled_from(["", "s3cr3t-v1", "s3cr3t-v2"])),
        max_size=6,
    ),
    st.lists(st.integers(1, 9), max_size=20),
)
def test_chunk_sizes_always_add_up(words: list[tuple[str, str]], cuts: list[int]) -> None:
    """However the chunks were cut, their new sizes are positive and are those of the new body."""
    body = "".join(map("".join, words)).encode()
    sizes: list[int] = []
    for cut in cuts:
        sizes.append(min(cut, len(body) - sum(sizes)))
    sizes = [size for size in [*sizes, len(body) - sum(sizes)] if size]
    stored = redactor(values=["s3cr3t-v1", "s3cr3t-v2"]).response(received(body=body, chunks=tuple(sizes)))
    assert stored.chunks is not None
    assert sum(stored.chunks) == len(stored.body)
    assert all(stored.chunks)
    assert b"".join(stored.pieces()) == stored.body


# Rules


def test_rules_can_be_extended() -> None:
    """A project adds names, patterns and headers of its own."""
    one = redactor(
        headers=["X-Tenant"],
        query=["*_ref"],
        fields=["ssn", "next_page_token"],
        patterns=[re.compile(r"cust-\d+"), re.compile(r"pin (\d+)")],
        allow_request_headers=["X-Trace"],
    )
    body = '{"SSN": "1-2", "next_page_token": "n", "t": "cust-77 pin 1234"}'
    stored = one.request(
        sent("https://h/?order_ref=9", ("x-tenant", "acme"), ("X-Trace", "t"), JSON, body=body)
    )
    assert stored.url == "https://h/?order_ref=<redacted:order_ref:1>"
    assert stored.headers.pairs[:2] == (("x-tenant", "<redacted:x-tenant:1>"), ("X-Trace", "t"))
    assert stored.json() == {
        "SSN": "<redacted:ssn:1>",
        "next_page_token": "<redacted:next_page_token:1>",
        "t": "<redacted:secret:1> pin <redacted:secret:2>",
    }
    assert Rules.default() == Rules()


# Places that are no plain text


def test_a_host_stays_one() -> None:
    """A known value that is the host stays there; one that is part of it is encoded, so that URLs can be read."""
    assert (
        redactor(values=["127.0.0.1"]).request(sent("http://127.0.0.1:8080/a")).url
        == "http://127.0.0.1:8080/a"
    )
    one = redactor(values=["s3cr3t-tunnel-71"])
    url = one.request(sent("https://s3cr3t-tunnel-71.example.com/a")).url
    assert url == "https://%3Credacted%3Asecret%3A1%3E.example.com/a"
    assert one.request(sent(url)).url == url


def test_a_media_type_stays_one() -> None:
    """A short known value may stand in a media type by accident; a body must still be read as what it is."""
    assert redactor(values=["json"]).request(sent("https://h/", JSON)).headers.pairs == (JSON,)


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ('{"env": [{"name": "DB_PASSWORD", "value": "x9"}]}', '{"env": [{"name": "DB_PASSWORD", "value": "<redacted:db_password:1>"}]}'),
        ('{"value": "x9", "key": "api_key"}', '{"value": "<redacted:api_key:1>", "key": "api_key"}'),
        ('{"key": "login.password", "value": "Your password"}', '{"key": "login.password", "value": "Your password"}'),
        ('{"card": 5105105105105100}', '{"card": 9000909090900001}'),
        ('{"card": "5105 1051 0510 5100"}', '{"card": "<redacted:card_number:1>"}'),
        ('{"id": 5105105105105101}', '{"id": 5105105105105101}'),
        ('{"q": "login(password: \\"x9\\")"}', '{"q": "login(password: \\"<redacted:password:1>\\")"}'),
        ('{"message": "password: must be long"}', '{"message": "password: must be long"}'),
        ('{"token": "ETH"}', '{"token": "ETH"}'),
        ('{"password": "********"}', '{"password": "********"}'),
    ],
)  # fmt: skip
def test_pairs_cards_and_text_in_json(body: str, stored: str) -> None:
    """A name may stand in a value beside, a number stays a number, and a string may hold an assignment."""
    assert redactor().response(received(JSON, body=body)).body.decode() == stored


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        ("/reset/8f14e45fceea167a", "/reset/<redacted:path:1>"),
        ("/bots/token/a1b2c3d4/send", "/bots/token/<redacted:path:1>/send"),
        ("/password/reset", "/password/reset"),
        ("/keys/3fa85f64-5717-4562-b3fc-2c963f66afa6", "/keys/3fa85f64-5717-4562-b3fc-2c963f66afa6"),
        ("/token/v2", "/token/v2"),
        ("/api/tokens/Lk4-zQ9pX7wR2", "/api/tokens/<redacted:path:1>"),
        ("/v1/sessions/Lk4-zQ9pX7wR2", "/v1/sessions/<redacted:path:1>"),
        ("/hooks/abcdef123456/x", "/hooks/<redacted:path:1>/x"),
        ("/api-keys/Lk4zQ9pX7wR2aaB", "/api-keys/<redacted:path:1>"),
        ("/keys/release-2024-v2", "/keys/release-2024-v2"),
        ("/keys/us-east-1-prod", "/keys/us-east-1-prod"),
        ("/sessions/2024-01-15T10", "/sessions/2024-01-15T10"),
        ("/sessions/europython2024", "/sessions/europython2024"),
        ("/secrets/DB_PASSWORD_V2", "/secrets/DB_PASSWORD_V2"),
        ("/hooks/tox-4.0.1-beta2", "/hooks/tox-4.0.1-beta2"),
        ("/code/Lk4-zQ9pX7wR2", "/code/Lk4-zQ9pX7wR2"),
        ("/commits/8f14e45fceea167a", "/commits/8f14e45fceea167a"),
        ("/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/send", "/bot<redacted:telegram_token:1>/send"),
    ],
)
def test_paths_after_a_name(path: str, stored: str) -> None:
    """After a segment that names or announces a secret, one that is more than a word is hidden."""
    assert redactor().request(sent(f"https://h.example.com{path}")).url == f"https://h.example.com{stored}"


def test_a_short_credential_in_a_link() -> None:
    """What would be one in the path of a request is one where a text links to it."""
    body = '{"href": "https://h/v1/hooks/Lk4-zQ9pX7wR2", "docs": "https://h/keys/release-2024-v2"}'
    stored = '{"href": "https://h/v1/hooks/<redacted:path:1>", "docs": "https://h/keys/release-2024-v2"}'
    assert redactor().response(received(JSON, body=body)).body.decode() == stored


def test_a_known_value_in_base64() -> None:
    """At each of the three alignments, in both alphabets, with the value's own placeholder."""
    secret = "s3cr3t>>>v4lue???71"
    one = redactor(values=[secret])
    for before in ("", "a", "ab", "abc"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            coded = encode(f"{before}{secret} and more".encode()).decode()
            stored = one.response(
                received(("Content-Type", "text/plain"), body=f"see {coded} here")
            ).body.decode()
            assert "<redacted:secret:1>" in stored
            assert stored.startswith("see ")
            assert stored.endswith(" here")


@pytest.mark.parametrize("head", [b"\0\0\0\x08", b"\x01\0\0\0", b"\x0a\0\x12\0", b"\0\x24"])
@pytest.mark.parametrize("headers", [[], [("Content-Type", "text/plain")], [JSON]])
def test_a_body_that_begins_with_zeros_is_no_wide_text(head: bytes, headers: list[tuple[str, str]]) -> None:
    """Bytes that only begin like UTF-16 or UTF-32: what stands in them is hidden all the same."""
    known, formed = "s3cr3t-v4lue-4711", "ghp_" + "a1B2c3D4e5F6" * 3
    body = head + known.encode() + b"\0\0\0\x28" + formed.encode() + b"\0"
    for even in (body, body + b"\0"):
        stored = redactor(values=[known]).response(received(*headers, body=even)).body
        assert known.encode() not in stored
        assert formed.encode() not in stored


def test_a_request_that_is_shown_tells_no_secret_of_its_path() -> None:
    """Assertions print requests as they are called: without query and userinfo, and the path as a cassette has it."""
    bot = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
    for path in (f"/bot{bot}/send", "/reset/8f14e45fceea167a"):
        shown = repr(Request("GET", f"https://me:pw1234@h.example.com{path}?code=4711"))
        assert shown.startswith("<Request GET https://h.example.com/")
        assert "<redacted>" in shown
        assert not any(secret in shown for secret in (bot, "8f14e45fceea167a", "pw1234", "4711"))
    assert (
        repr(Request("GET", "https://h.example.com/users/1")) == "<Request GET https://h.example.com/users/1>"
    )
