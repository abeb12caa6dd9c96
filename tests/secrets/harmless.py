"""Harmless values that look like something: hashes, ids, versions, prices, times, sentences about secrets.

The law of this file: to hide one of these would break a test for nothing. How many are hidden all the
same is measured, place by place, and stated in docs/how-to/secrets.md. Some rows are as they are
because nobody can tell: a `session_id` that names a talk, a number that is a card's by its check digit.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from api_mocker._core.model import Headers, Request, Response
from api_mocker._core.redaction import Redactor, Rules

__all__ = ["HARMLESS", "PLACES", "alarms"]

HARMLESS: tuple[tuple[str, object], ...] = (
    ("sha", "eb8450ae2a1c5ed5571342c3967d286c8a160d1c"),
    ("etag", '"f407d30366a02402f6d2c62451184813"'),
    ("id", "f36face1-6701-4017-b499-9178de608174"),
    ("sha", "751b2b3be6c60ca0d367e8a299310cdfb72d73cb"),
    ("etag", '"b49580158534011e6c90b94f842932de"'),
    ("id", "c3a0a956-8fda-4929-b42f-1cfd247c3a58"),
    ("sha", "c58fb31845257065fec25f820d92927433fe1f10"),
    ("etag", '"b7e7bf7121dd22615220bff02a2a0ee4"'),
    ("id", "7a6d9040-fc7f-40bd-a2d6-cc63f9f30f36"),
    ("sha", "43b7e467331322b30e6b270860e803d18fa71849"),
    ("etag", '"15bc0930ae7dafbcd6289eeeec5ac1a2"'),
    ("id", "06e08084-8b3b-4320-9148-9ec62baa52bd"),
    ("sha256", "66b42aec6a20df7a3e096270a124a53ccc4bb86ac5550908fd2894ef75a4b18b"),
    ("md5", "053e4a64d66d01bfb1bced6352b87f50"),
    ("checksum", "sha256:a75016a94a9c12c7ee1a546c4c1c49df53f88bb061e93606e3899705d8bba504"),
    (
        "integrity",
        "sha512-Y+bnvRAR8/gfZbs1qA3NFjFGAQxDGu01Izv1BMabI0J9JxvX+p0K4u5uuLWoN01wTPmpW05pXlob57+O+LfCxQ==",
    ),
    ("digest", "SHA-256=MiGWtAL4A+h/91IT9X0KGNOdsLS+IIBovPVxtSQSHm0="),
    ("content_md5", "XlE98Y3WJi2CwyIPx04GPg=="),
    ("commit", "0f328ab"),
    ("commit_message", "Fix the token refresh and rotate passwords"),
    ("branch", "feature/bearer-token-auth"),
    ("tag", "v2.31.0-rc1+build.5"),
    ("version", "3.12.4"),
    ("user_agent", "python-requests/2.32.3"),
    ("price", "1299.00"),
    ("amount", 1250),
    ("currency", "eur"),
    ("isbn", "978-3-16-148410-0"),
    ("isbn", "9783161484100"),
    ("ean", "4006381333931"),
    ("imei", "490154203237518"),
    ("order_number", "4111-2026-0017"),
    ("order_id", 9007199254740991),
    ("invoice", "INV-2026-004711"),
    ("sku", "A-1-RED-XL"),
    ("tracking_number", "1Z999AA10123456784"),
    ("iban_country", "DE"),
    ("zip", "90210"),
    ("phone", "+49 30 901820"),
    ("email", "alice@example.com"),
    ("username", "alice"),
    ("slug", "how-to-keep-secrets-secret"),
    ("title", "Basic authentication explained"),
    ("title", "Bearer of bad news2024"),
    ("text", "The basic idea: bearer tokens are sent in the Authorization header."),
    ("text", "password reset instructions were sent"),
    ("token_type", "Bearer"),
    ("token_count", 512),
    ("max_tokens", 4096),
    ("total_tokens", 912),
    ("prompt_tokens", 12),
    ("completion_tokens", 900),
    ("tokens", ["Hello", " world"]),
    ("tokens", 3),
    ("tokenizer", "cl100k_base"),
    ("next_page_token", "CAEQAA"),
    ("nextToken", "eyJvZmZzZXQiOjEwMH0="),
    ("continuation_token", "abc123"),
    ("pageToken", "x1"),
    ("page_token", "b2Zmc2V0PTEwMA"),
    ("cursor", "Y3Vyc29yOnYyOpHOAAE="),
    ("after", "WyIyMDI2LTAxLTAxIiwxMjNd"),
    ("sync_token", "1700000000_1"),
    ("idempotency_key", "18548938-907e-47de-876c-869708fbbcac"),
    ("client_token", "00000000-0000-0000-0000-000000000005"),
    ("request_token", "r1"),
    ("password_policy", "strong"),
    ("has_password", True),
    ("password_changed_at", "2026-01-01T00:00:00Z"),
    ("password_strength", 4),
    ("passwordless", True),
    ("secret_santa", "yes"),
    ("is_secret", False),
    ("secrets_count", 3),
    ("secret_name", "db/prod"),
    ("secret_id", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"),
    ("SecretARN", "arn:aws:x"),
    ("public_key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ"),
    ("public_key", "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----"),
    ("certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"),
    ("publishable_key", "pk_test_TYooMQauvdEDq54NiTphI7jx"),
    ("key", "name"),
    ("key", "user:123"),
    ("keys", ["a", "b"]),
    ("key_id", "k1"),
    ("kid", "2026-key-1"),
    ("primary_key", "id"),
    ("foreign_key", "user_id"),
    ("sort_key", "created_at"),
    ("partition_key", "tenant#42"),
    ("cache_key", "v1:users:42"),
    ("api_key_name", "ci key"),
    ("api_key_id", "key_01"),
    ("access_key_last_used", "2026"),
    ("code", "NOT_FOUND"),
    ("code", "ERR_TOO_MANY_2"),
    ("code", 404),
    ("country_code", "DE"),
    ("error_code", "E1234"),
    ("postal_code", "10115"),
    ("discount_code", "SUMMER2026"),
    ("promo_code", "BLACKFRIDAY2026XYZ"),
    ("coupon_code", "SAVE20"),
    ("verification_status", "ok"),
    ("signature", "Best regards, Alice"),
    ("function_signature", "def f(x: int) -> str"),
    ("signature_required", True),
    ("session", "morning"),
    ("session_id", "conf-2026-talk-17"),
    ("session_count", 7),
    ("sessionName", "keynote"),
    ("cookie_policy", "accepted"),
    ("cookies_enabled", True),
    ("author", "Jane"),
    ("authority", "https://login"),
    ("auth_type", "oauth2"),
    ("auth_method", "basic"),
    ("authorization_url", "https://login.example.com/authorize"),
    ("token_endpoint", "https://login.example.com/token"),
    ("token_url", "https://x/y"),
    ("jwt_alg", "RS256"),
    ("jwks_uri", "https://x/jwks"),
    ("nonce", "n-0S6_WzA2Mj"),
    ("state", "af0ifjsldkj"),
    ("scope", "openid profile"),
    ("grant_type", "client_credentials"),
    ("response_type", "code"),
    ("client_id", "s6BhdRkqt3"),
    ("redirect_uri", "https://app.example.com/cb"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ("code_challenge_method", "S256"),
    ("x_request_id", "4db6bd15a8e99dd31b7d8beb2d523adf"),
    ("traceparent", "00-09d2c86f50790306e3c85294d569f9fa-e1f22da2f54fdf30-01"),
    ("timestamp", 1763669700),
    ("timestamp", "2026-11-20T20:15:00.123Z"),
    ("epoch_ms", 1763669700123),
    ("ulid", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ("snowflake", "175928847299117063"),
    ("object_id", "507f1f77bcf86cd799439011"),
    ("nanoid", "V1StGXR8_Z5jdHi6B-myT"),
    ("customer", "cus_NffrFeUfNV2Hib"),
    ("charge", "ch_3MmlLrLkdIwHu7ix0snN0B15"),
    ("pi", "pi_3MtwBwLkdIwHu7ix28a3tqPa"),
    ("slack_channel", "C024BE91L"),
    ("repo", "octocat/Hello-World"),
    ("node_id", "MDEwOlJlcG9zaXRvcnkxMjk2MjY5"),
    ("color", "#ff8800"),
    ("lat", 52.5200066),
    ("ip", "10.0.0.1"),
    ("ipv6", "2001:db8::1"),
    ("mac", "00:1B:44:11:3A:B7"),
    ("url", "https://example.com/a?b=c"),
    ("url", "https://example.com/a@b:c"),
    (
        "image",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    ),
    ("mime", "image/svg+xml"),
    ("path", "/usr/lib/python3.12"),
    ("hostname", "ip-10-0-0-1.ec2.internal"),
    ("arn", "arn:aws:iam::123456789012:role/x"),
    ("bucket", "my-basic-bucket-1"),
    ("classname", "sk-toggleable__content-wrapper1"),
    ("css", "sk-estimator-doc-link fitted 12345678901"),
    ("task", "task-manager-pro-2024-edition-x1"),
    ("slug", "risk-assessment-2024-quarter-report"),
    ("sk", "sk-circle10 sk-child"),
    ("file", "AKIAIMAGE_2024.png"),
    ("basic", "Basic subscription1"),
    ("plan", "Basic aGVsbG86"),
    ("note", "use basic dXNlcjpwYXNz"),
    ("doc", "Authorization: Bearer <token>"),
    ("doc", "Bearer YOUR_API_KEY_1"),
    ("mention", "@alice: hi https://x.org/@user:matrix.org"),
    ("xmpp", "user@host"),
    ("matrix", "https://matrix.to/#/@alice:example.org"),
    ("git", "git+ssh://git@github.com/a/b"),
    ("otp_enabled", True),
    ("pin_code", "560001"),
    ("pinned", True),
    ("pass", 12),
    ("pass", "yes"),
    ("passed", 3),
    ("passport_country", "DE"),
    ("pass_rate", "97.5"),
    ("boarding_pass", "ABC1234567890XYZ99"),
    ("cvss", 7.5),
    ("cvv_check", "pass"),
    ("last4", "4242"),
    ("fingerprint", "Xt5EWLLDS7FjjR1c"),
    ("exp_month", 12),
    ("card_brand", "visa"),
    ("luhn_like_id", "4539578763621486"),
    ("big_id", 4929123456789012345),
    ("security_code_status", "sent"),
    ("access_token_expires_in", 3600),
    ("refresh_token_expires_at", 1763669700),
    ("token_expiry", "2026-01-01"),
    ("token_address", "0xdAC17F958D2ee523a2206206994597C13D831ec7"),
    ("token", "ETH"),
    ("token", "USDC"),
    ("base_token", "WETH"),
    ("quote_token", "USDC"),
    ("tokenSymbol", "USDT"),
    ("device_token_count", 2),
    ("fcm", "x"),
    ("password", "********"),
    ("password", None),
    ("password", ""),
    ("password_hint", "dog"),
    ("secret", False),
    ("Authorization", "required"),
    ("status", "active"),
    ("etag", 'W/"33a64df551425fcc55e4d42a148795d9f25f89d4"'),
    ("build", "2026.11.20-4711"),
    ("job_id", "run-8f14e45f-ceea-4672"),
    ("revision", "r12345"),
    ("content_hash", "blake3:9e28580aeba55aaaf2a93891cf29d7e9ce165322290f91e55283358b8766f6d8"),
    ("trace_id", "e7c288450c4ef33cca47a7b2320beb7e"),
    ("span_id", "0e8a5b29685c3074"),
    ("message", "Password must be at least 8 characters"),
    ("message", "Invalid token"),
    ("message", "The token has expired"),
    ("error_description", "password: is too short"),
    ("hint", "Set your API key: see the docs"),
    ("label", "Secret level: hidden"),
    ("summary", "token = get_token()"),
    ("sample", "password=${PASSWORD}"),
    ("type_hint", "password: str"),
    ("schema", "token: string"),
    ("rule", "secret: required"),
)
"""Field names and values."""


def _request(url: str = "https://h.example.com/p", body: str = "", kind: str = "") -> Request:
    return Request("POST", url, Headers((("Content-Type", kind),) if kind else ()), body.encode())


def _response(body: str = "", kind: str = "application/json", *more: tuple[str, str]) -> Response:
    return Response(200, Headers((("Content-Type", kind), *more)), body.encode())


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


PLACES: Mapping[str, Callable[[str, object], Request | Response]] = {
    "a JSON field of its own name": lambda name, value: _response(json.dumps({"d": [{name: value}]})),
    "a JSON field of any name": lambda name, value: _response(json.dumps({"zz": value})),
    "a query": lambda name, value: _request(f"https://h.example.com/p?{urlencode({name: _text(value)})}"),
    "a form": lambda name, value: _request(
        body=urlencode({name: _text(value)}), kind="application/x-www-form-urlencoded"
    ),
    "a path": lambda name, value: _request(f"https://h.example.com/p/{quote(_text(value), safe='')}"),
    "a sentence": lambda name, value: _response(f"see {_text(value)} here", "text/plain"),
    "a response header": lambda name, value: _response(
        "", "text/plain", (f"X-{name.replace('_', '-')}", quote(_text(value)))
    ),
    "a column of a CSV": lambda name, value: _response(f'id,{name}\n1,"{_text(value)}"\n', "text/csv"),
    "an XML element": lambda name, value: _response(f"<a><{name}>{_text(value)}</{name}></a>", "text/xml"),
    "a page": lambda name, value: _response(f"<p>{name} <b>{_text(value)}</b></p>", "text/html"),
}


def alarms() -> dict[str, list[tuple[str, object]]]:
    """The harmless values that redaction hides, by place; each stands in a cassette of its own."""
    found: dict[str, list[tuple[str, object]]] = defaultdict(list)
    for place, make in PLACES.items():
        found[place] = []
        for name, value in HARMLESS:
            message, redactor = make(name, value), Redactor(Rules.default())
            if isinstance(message, Request):
                changed = redactor.request(message) != message
            else:
                changed = redactor.response(message) != message
            if changed:
                found[place].append((name, value))
    return dict(found)
