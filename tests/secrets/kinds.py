"""Made-up secrets of every kind: what it is, the field it stands in by nature, and what must not remain.

The law of this file: the values are made by chance with a fixed seed, in the form that such values
have; no two hold the same one. `told` says how redaction can know: by the form of the value, or
only by the name of its field.
"""

from __future__ import annotations

import base64
import json
import string
from dataclasses import dataclass
from random import Random
from typing import Literal

__all__ = ["KINDS", "Kind"]

_CHANCE = Random(5)
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Kind:
    """`cores` are the pieces of `value` that must be found nowhere."""

    what: str
    name: str
    value: str
    cores: tuple[str, ...]
    told: Literal["form", "name"]


KINDS: list[Kind] = []


def k(what: str, name: str, value: str, *cores: str, told: Literal["form", "name"] = "form") -> None:
    KINDS.append(Kind(what, name, value, cores or (value,), told))


def an(length: int, alphabet: str = _LETTERS) -> str:
    while True:
        value = "".join(_CHANCE.choice(alphabet) for _ in range(length))
        if any(map(str.isdigit, value)) and any(map(str.isalpha, value)):
            return value


def hx(length: int) -> str:
    return an(length, "0123456789abcdef")


def up(length: int) -> str:
    return an(length, string.ascii_uppercase + string.digits)


def dg(length: int) -> str:
    return "".join(_CHANCE.choice("123456789") for _ in range(length))


def b64(length: int) -> str:
    return base64.b64encode(_CHANCE.randbytes(length)).decode()


def b64u(length: int) -> str:
    """With a digit and letters of both sizes, as all but the fewest have."""
    while True:
        value = base64.urlsafe_b64encode(_CHANCE.randbytes(length)).decode().rstrip("=")
        if any(map(str.isdigit, value)) and not value.isupper() and not value.islower():
            return value


def json64(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def card(prefix: str, length: int) -> str:
    start = prefix + dg(length - len(prefix) - 1)
    for check in string.digits:
        number = [int(digit) for digit in reversed(start + check)]
        if (sum(number[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in number[1::2])) % 10 == 0:
            return start + check
    raise AssertionError


def jwt() -> str:
    return f"{json64({'alg': 'HS256', 'typ': 'JWT'})}.{json64({'sub': dg(8), 'exp': 1999999999})}.{b64u(32)}"


def pem(label: str) -> tuple[str, str]:
    lines = [b64(48) for _ in range(6)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]), lines[2]


k("jwt", "id_token", jwt())
k("opaque access token (hex40)", "access_token", hx(40), told="name")
k("opaque refresh token", "refresh_token", b64u(40), told="name")
bp = "Pw" + an(14)
k("basic credentials", "authorization", "Basic " + base64.b64encode(f"bob:{bp}".encode()).decode(), bp)
k("bearer credentials", "authorization", "Bearer " + (t := b64u(24)), t)
k(
    "digest response",
    "authorization",
    f'Digest username="bob", realm="r", nonce="{hx(16)}", response="{(t := hx(32))}"',
    t,
)
k("short password", "password", "hunter2!", told="name")
k("odd password", "password", 'p@ss/w"o&rd é9', told="name")
k("dictionary-word password", "password", "sunshine", told="name")
k("password (camel) dbPassword", "dbPassword", an(12), told="name")
k("PIN 4 digits", "pin", "4917", told="name")
k("OTP 6 digits", "otp", "830152", told="name")
k("api key (uuid)", "api_key", f"{hx(8)}-{hx(4)}-4{hx(3)}-a{hx(3)}-{hx(12)}", told="name")
k("client secret", "client_secret", an(32), told="name")
k("aws access key id", "aws_access_key_id", "AKIA" + up(16))
k("aws secret access key", "aws_secret_access_key", b64(30), told="name")
k("aws session token", "SessionToken", "FwoGZXIvYXdzE" + b64(150))
k("github pat classic", "token", "ghp_" + an(36))
k("github fine-grained", "token", "github_pat_" + an(22) + "_" + an(59))
k("gitlab pat", "private_token", "glpat-" + an(20))
k("gitlab runner token", "token", "glrt-" + an(20))
k("slack bot token", "token", f"xoxb-{dg(12)}-{dg(12)}-{an(24)}")
k("slack app token", "token", f"xapp-1-A{up(10)}-{dg(13)}-{hx(64)}")
k("slack webhook URL", "webhook", f"https://hooks.slack.com/services/T{up(8)}/B{up(10)}/{(t := an(24))}", t)
k("discord webhook URL", "webhook", f"https://discord.com/api/webhooks/{dg(18)}/{(t := b64u(51))}", t)
k("discord bot token", "token", f"{base64.b64encode(dg(18).encode()).decode()}.{b64u(4)}.{b64u(20)}")
k("stripe secret key", "secret_key", "sk_live_" + an(24))
k("stripe webhook secret", "signing_secret", "whsec_" + an(32))
k("openai key", "api_key", "sk-proj-" + b64u(60))
k("anthropic key", "api_key", "sk-ant-api03-" + b64u(60) + "AA")
k("google api key", "key", "AIza" + b64u(27)[:35].ljust(35, "x"))
k("google oauth token", "access_token", "ya29." + b64u(60))
k("google refresh token", "refresh_token", "1//0" + b64u(40))
k("google client secret", "client_secret", "GOCSPX-" + b64u(21))
k("twilio auth token", "auth_token", hx(32), told="name")
k("twilio api key sid", "api_key", "SK" + hx(32))
k("sendgrid key", "api_key", f"SG.{b64u(16)}.{b64u(32)}")
k("mailgun key", "api_key", "key-" + hx(32))
k("mailchimp key", "apikey", hx(32) + "-us12")
k("npm token", "token", "npm_" + an(36))
k("pypi token", "token", "pypi-AgEIcHlwaS5vcmc" + b64u(60))
k("docker pat", "token", "dckr_pat_" + b64u(20))
k("huggingface token", "token", "hf_" + an(34))
k("digitalocean pat", "token", "dop_v1_" + hx(64))
k("databricks token", "token", "dapi" + hx(32))
k("shopify token", "access_token", "shpat_" + hx(32))
k("square token", "access_token", "sq0atp-" + b64u(17)[:22])
k("telegram bot token", "token", f"{dg(10)}:AA{b64u(25)[:33]}")
k("vault token", "token", "hvs." + b64u(70))
k("linear key", "api_key", "lin_api_" + an(40))
k("notion token", "token", "ntn_" + an(46))
k("airtable pat", "token", f"pat{an(14)}.{hx(64)}")
k("figma token", "token", "figd_" + b64u(30))
k("postman key", "api_key", f"PMAK-{hx(24)}-{hx(34)}")
k("newrelic key", "api_key", "NRAK-" + up(27))
k("grafana token", "token", f"glsa_{an(32)}_{hx(8)}")
k("sentry token", "token", "sntrys_" + b64u(60))
k("atlassian token", "api_token", "ATATT3xFfGF0" + b64u(130) + "=" + up(8))
k("supabase pat", "token", "sbp_" + hx(40))
k("doppler token", "token", "dp.pt." + an(43))
k("terraform cloud token", "token", f"{an(14)}.atlasv1.{b64u(48)}")
k("rubygems key", "api_key", "rubygems_" + hx(48))
k("facebook token", "access_token", "EAAB" + an(120))
k("mapbox secret token", "token", "sk.eyJ" + b64u(60) + "." + b64u(16))
k("azure ad client secret", "client_secret", f"{an(3)}8Q~{b64u(26)[:34]}")
az = b64(64)
k("azure storage account key", "account_key", az, told="name")
k(
    "azure connection string",
    "connection_string",
    f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={(t := b64(64))};EndpointSuffix=core.windows.net",
    t,
)
k(
    "azure SAS url",
    "url",
    f"https://acme.blob.core.windows.net/c/b.txt?sv=2024-05-04&se=2026-12-01T00%3A00%3A00Z&sr=b&sp=r&sig={(t := hx(10) + b64u(24))}%3D",
    t,
)
k(
    "aws signed url",
    "url",
    f"https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA{(c := up(16))}%2F20261120%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261120T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={(t := hx(64))}",
    t,
    c,
)
k(
    "cloudfront signed url",
    "url",
    f"https://d1.cloudfront.net/x.mp4?Expires=1999999999&Signature={(t := b64u(128))}~&Key-Pair-Id=K{up(13)}",
    t,
)
p, c = pem("RSA PRIVATE KEY")
k("PEM rsa private key", "private_key", p, c)
p, c = pem("EC PRIVATE KEY")
k("PEM ec private key", "private_key", p, c)
p, c = pem("OPENSSH PRIVATE KEY")
k("PEM openssh", "private_key", p, c)
p, c = pem("PGP PRIVATE KEY BLOCK")
k("PGP private key block", "private_key", p, c)
k("age secret key", "key", "AGE-SECRET-KEY-1" + up(58))
k("credit card visa", "card_number", card("4", 16))
k("credit card amex", "number", card("37", 15))
v = card("5", 16)
k("credit card spaced", "number", " ".join(v[i : i + 4] for i in range(0, 16, 4)))
k("cvc", "cvc", "739", told="name")
k("PHP session", "PHPSESSID", an(26, string.ascii_lowercase + string.digits), told="name")
k("django session", "sessionid", an(32, string.ascii_lowercase + string.digits), told="name")
k("flask signed session", "session", f"eyJ1c2VyIjo3fQ.{b64u(4)}.{b64u(20)}")
k("express session", "connect.sid", f"s%3A{b64u(24)}.{b64u(32)}")
k("csrf token", "csrf_token", b64u(32), told="name")
k("xsrf", "_xsrf", "2|" + hx(8) + "|" + hx(32) + "|1999999999", told="name")
k("postgres url", "database_url", f"postgres://app:{(t := 'Pg' + an(14))}@db.example.com/app", t)
k("mongodb url", "uri", f"mongodb+srv://app:{(t := 'Mg' + an(14))}@c.example.net/app", t)
k("redis url no user", "url", f"redis://:{(t := 'Rd' + an(14))}@cache.example.net:6379/0", t)
k("oauth code", "code", an(30), told="name")
k("code verifier", "code_verifier", b64u(48), told="name")
k(
    "saml response",
    "SAMLResponse",
    base64.b64encode(b"<samlp:Response>" + _CHANCE.randbytes(60)).decode(),
    told="name",
)
k("oauth1 signature", "oauth_signature", b64(20), told="name")
k("hmac signature X-Hub", "X-Hub-Signature-256", "sha256=" + hx(64), told="name")
k("webhook secret (word+digits)", "webhook_secret", an(20), told="name")
k("license key", "license_key", "-".join(up(5) for _ in range(5)), told="name")
k("passport/ssn", "ssn", "078-05-1120", told="name")
k("gitlab deploy token", "token", "gldt-" + b64u(15))
k("github app token", "token", "ghs_" + an(36))
k("stripe restricted key", "key", "rk_live_" + an(24))
k("aws temporary key id", "access_key_id", "ASIA" + up(16))
k("aws session token of STS", "value", "IQoJb3JpZ2lu" + b64(150))
k(
    "azure service bus",
    "value",
    f"Endpoint=sb://a.example.net/;SharedAccessKeyName=x;SharedAccessKey={(t := b64(32))}",
    t,
)
k(
    "google signed url",
    "url",
    f"https://storage.googleapis.com/b/o?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=a%40b.iam.gserviceaccount.com%2F20261120%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20261120T000000Z&X-Goog-Expires=900&X-Goog-SignedHeaders=host&X-Goog-Signature={(t := hx(512))}",
    t,
)
k("django signed session", "sessionid", f"{json64({'u': 71})}:{an(6)}:{b64u(32)}")
k("groq key", "api_key", "gsk_" + an(52))
k("perplexity key", "api_key", "pplx-" + an(48))
k("sonar token", "token", "squ_" + hx(40))
k("tailscale key", "key", f"tskey-auth-{an(16)}-{an(32)}")
k("brevo key", "api_key", f"xkeysib-{hx(64)}-{an(16)}")
k("dynatrace token", "token", f"dt0c01.{up(24)}.{up(64)}")
k("jwe", "token", f"{json64({'alg': 'dir', 'enc': 'A256GCM'})}..{b64u(12)}.{b64u(40)}.{b64u(16)}")
v = card("6011", 16)
k("credit card dashed", "card_number", "-".join(v[at : at + 4] for at in range(0, 16, 4)))
