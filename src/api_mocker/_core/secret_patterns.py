"""Which values are secrets whatever their field is called: credentials with a recognisable form.

The law of this file: a form gets in when a false alarm is all but impossible. What vendors gave
their keys is in `secret_vendors`; here is what has a standard, or is made by a framework that many use.
An expression starts where a run of its characters starts, so that no text makes it try each place
of a long run.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

from .secret_form import Pattern, row
from .secret_names import ISSUED, MAILED, MARKERS, looks_issued, looks_opaque
from .secret_vendors import VENDORS

__all__ = ["PATTERNS", "Pattern", "basic_password", "holds_digits", "passes_luhn", "split_scheme"]


def basic_password(credentials: str) -> str | None:
    """The password in Basic credentials (RFC 7617), "" when empty; None when they are none."""
    try:
        decoded = base64.b64decode(credentials, validate=True).decode("utf-8")
    except ValueError:
        return None
    user, colon, password = decoded.partition(":")
    return password if colon and (user + password).isprintable() else None


def _userinfo_password(userinfo: str) -> str | None:
    user, _, password = userinfo.partition(":")
    # https://{user}:{password}@host is a template.
    return None if password[:1] + password[-1:] in ("{}", "<>", "[]") and user else unquote(password)


def _no_template(value: str) -> str | None:
    """No credential where documentation says what to put (``Bearer YOUR_API_KEY``), nor in a sentence."""
    return None if _TEMPLATE.fullmatch(value) or _WORDS.fullmatch(value) else ""


def _no_sample(password: str) -> str | None:
    """No password where a manual says that there goes one."""
    return None if _SAMPLE.match(password) else ""


_SAMPLE = re.compile(
    r"[$<{[%]|(?:your|my|the)?[_-]?(?:password|passwd|pass|pwd|secret|token|api_?key)\b", re.IGNORECASE
)
_WORDS = re.compile(r"[a-z]+(?:\+[A-Za-z]+)+\d*")  # of a sentence in a query
_TEMPLATE = re.compile(r"[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)+")

_RUNS = bytes(
    ord("0") if chr(at) in "0123456789" else ord("a") if chr(at).isalpha() and at < 128 else ord(".")
    for at in range(256)
)
_CARDS = (
    b"." + b"0" * 16 + b".",
    b"." + b"0" * 15 + b".",
    b".0000.0000.0000.0000.",
    b".0000.000000.00000.",
    b".0000.000000.000000.000000.",
)
_ISSUERS = re.compile(
    r"4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|6011|64[4-9]|65|352[89]|35[3-8]|3[47]\d{13}(?!\d)"
)


def holds_digits(text: str) -> bool:
    """Whether a number in `text` has as many digits as that of a card, whole or in groups."""
    marked = f".{text}.".encode("latin-1", "replace").translate(_RUNS)
    for number in _CARDS:  # noqa: SIM110  # a plain loop costs a third of a generator
        if number in marked:
            return True
    return False


def passes_luhn(number: str) -> bool:
    """Whether the check digit is right (ISO/IEC 7812-1 annex B)."""
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def _card(value: str) -> str | None:
    """No card number unless issuer and check digit are right; 4242 4242 ... and its like are samples."""
    number = "".join(filter(str.isdigit, value.replace("%20", "")))
    return "" if _ISSUERS.match(number) and len(set(number)) > 2 and passes_luhn(number) else None


_ANNOUNCING = MAILED | MARKERS | {"reset-password", "password-reset", "magic-link"}

_GAP = r"[ +-]?|%20"
_BLANK = r"(?:\s|\+|%20)+"
_PEM = "-----{} [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
_ALSO_ENCODED = r"(?::|%(?:25)*3[Aa])"

PATTERNS: tuple[Pattern, ...] = (
    *VENDORS,
    # RFC 7519: three base64url parts, the first a JSON object, which makes it start with "eyJ".
    row("jwt", r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{6,}+\.[\w-]*", "eyJ"),
    # RFC 7516: encrypted, in five parts.
    row("jwe", r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]*+\.[\w-]{8,}+\.[\w-]{8,}+\.[\w-]{16,}", "eyJ"),
    # itsdangerous and Django: a payload in base64url (compressed ones start with a dot), time, signature.
    row(
        "signed_session",
        r"(?<![\w.-])(?:eyJ|\.eJ)[\w-]{5,}+([.:])[A-Za-z0-9_-]{5,7}+\1[\w-]{27,}",
        *("eyJ", ".eJ"),
        group=0,
    ),
    # cookie-signature, of Express and Connect
    row(
        "signed_session",
        rf"(?<![A-Za-z0-9_-])s{_ALSO_ENCODED}[\w-]{{20,}}\.(?:[\w+/-]|%2[BbFf]){{40,}}",
        *("s%3A", "s%3a", "s%253A"),
        gate=re.compile(r":(?<=s:)[\w-]{20}", re.ASCII).search,
    ),
    # RFC 7468, PGP (RFC 9580 section 6.2); a key that was cut off, or whose JSON string ends first, counts as well.
    row("private_key", rf"{_PEM.format('BEGIN')}[^\"]+?(?:{_PEM.format('END')}|(?=\")|\Z)", "PRIVATE KEY"),
    row("private_key", r"Private-Lines: \d+\s+([A-Za-z0-9+/=\s]+)", "Private-Lines"),  # PuTTY
    # A digit tells "Bearer 3f9a..." from "bearer authentication".
    row(
        "bearer",
        rf"\b[Bb]earer{_BLANK}((?=[\w.~+/-]{{0,512}}?\d)[\w.~+/-]{{12,}}=*)",
        *("earer ", "earer+", "earer%20", "earer\t"),
        inner=_no_template,
    ),
    row(
        "basic",
        rf"\b[Bb]asic{_BLANK}([A-Za-z0-9+/]{{8,}}={{0,2}})",
        *("asic ", "asic+", "asic%20", "asic\t"),
        inner=basic_password,
    ),
    row(
        "digest_response",
        r"\bresponse=(?:[\"\\]{1,8}|&(?:amp;)?(?:quot|#34);|%22)([0-9a-f]{32,64})(?![0-9a-f])",
        "response=",
    ),  # RFC 7616 section 3.4
    # https://user:password@host (RFC 3986 section 3.2.1), redis://:password@host
    row(
        "userinfo",
        r":\\?/\\?/([^/?#\s\"'<>@:\\]*:[^/?#\s\"'<>@\\]+)(?=@)",
        inner=_userinfo_password,
        gate=re.compile(r":\\?/\\?/[^/?#\s\"'<>@:\\]*:[^/?#\s\"'<>@\\]+@").search,
    ),
    # The option of curl; any other program may mean something else by it.
    row(
        "userinfo",
        r"(?<=\s)(?:-[uU]|--(?:proxy-)?user[ \t=])[ \t]{0,4}"
        r"\\*([\"'])?[^\s:\"'\\]{1,256}:((?(1)[^\r\n\"'\\]+|[^\s\"'\\]+))",
        inner=_no_sample,
        gate=lambda text: "curl " in text,
        group=2,
    ),
    # A link in a text: what follows these in the path of a request is one, too.
    row(
        "path",
        rf"/(?:{'|'.join(sorted(_ANNOUNCING))})/([\w.~%+=-]{{16,}})",
        *(f"/{segment}/" for segment in sorted(_ANNOUNCING)),
        inner=lambda value: "" if looks_opaque(value) and value.count("-") < 4 else None,
    ),
    row(
        "path",
        rf"/(?:{'|'.join(sorted(ISSUED))})/([\w.~%+=-]{{12,}})",
        *(f"/{segment}/" for segment in sorted(ISSUED)),
        inner=lambda value: "" if looks_issued(value) and value.count("-") < 4 else None,
    ),
    # RFC 7518 section 6: the private members of a key.
    row("private_key", r'"(?:d|p|q|dp|dq|qi|k)"\s*:\s*"([\w-]{16,})"', '"kty"'),
    # ISO/IEC 7812: the numbers that Visa, Mastercard, Amex, Discover and JCB give out, whole or in groups.
    row(
        "card_number",
        rf"[2-6](?<![\w.-].)(?:\d{{3}}({_GAP})\d{{4}}\1\d{{4}}\1\d{{4}}|(?<=3)[47]\d\d({_GAP})\d{{6}}\2\d{{5}})"
        r"(?![\w-]|\.\d)",
        inner=_card,
        gate=holds_digits,
        group=0,
    ),
)

# Schemes of the IANA registry (RFC 9110 section 11.1) and of well-known services: only after one
# of these is the first word of a credential no part of the secret.
_SCHEMES = (
    *("basic", "bearer", "digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "ntlm", "oauth"),
    *("privatetoken", "scram-sha-1", "scram-sha-256", "vapid", "token", "bot", "apikey", "api-key"),
    *("api-token", "key", "jwt", "aws", "aws4-hmac-sha256", "sharedkey", "sharedkeylite", "hawk"),
    *("googlelogin", "mac", "signature", "ssws", "splunk", "geniekey", "zoho-oauthtoken", "discogs"),
)
_SCHEME = re.compile(rf"({'|'.join(map(re.escape, _SCHEMES))}) +(?=\S)", re.IGNORECASE)


def split_scheme(value: str) -> tuple[str, str]:
    """The authentication scheme with its blank, or "", and the credentials that follow it."""
    match = _SCHEME.match(value)
    return (match[0], value[match.end() :]) if match else ("", value)
