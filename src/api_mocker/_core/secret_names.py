"""Which names name a secret: headers, query keys, fields of JSON, forms and multipart bodies.

Names are compared folded (lower case, letters and digits only), so ``apiKey``, ``api_key`` and
``API-KEY`` are one name. A row of a table is one of

    ``name``     exactly this name
    ``*name``    any name that ends so: ``*apikey`` also takes ``x-api-key`` and ``stripe_api_key``
    ``?name``    this name, when its value looks like a credential (`looks_opaque`); ``?*name`` likewise

An exact row wins over `HARMLESS`, which wins over the others: ``next_page_token`` ends in
"token" and is none. Some values say that there is no secret, whatever the name: ``********``, ``null``.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "COOKIES",
    "FIELDS",
    "FORM_FIELDS",
    "HARMLESS",
    "HARMLESS_BELOW",
    "HARMLESS_LEAVES",
    "HEADERS",
    "ISSUED",
    "MAILED",
    "MARKERS",
    "QUERY",
    "REQUEST_HEADERS",
    "STEMS",
    "Names",
    "Verdict",
    "fold",
    "looks_issued",
    "looks_made_up",
    "looks_opaque",
    "says_little",
]

FIELDS = (
    *("*token", "*jwt", "*bearer", "authorization", "xauthorization", "cookie", "setcookie"),
    *("*secret", "secretstring", "secretbinary", "secretvalue", "connectionstring"),
    *("*password", "*passwd", "*passphrase", "*passcode", "*pwd", "?pass"),
    *("*apikey", "*secretkey", "*privatekey", "*accesskey", "*accesskeyid", "*signingkey", "*authkey"),
    *("*encryptionkey", "*masterkey", "*subscriptionkey", "*sharedkey", "*sessionkey", "*accountkey"),
    *("assertion", "clientassertion", "samlresponse", "samlassertion", "codeverifier", "devicecode"),
    *("authcode", "authorizationcode", "?code", "otp", "totp", "otpcode", "mfacode", "onetimecode", "pin"),
    *("recoverycodes", "backupcodes", "*recoverykey", "*licensekey", "mnemonic", "seedphrase"),
    *("sessionid", "jsessionid", "phpsessid", "?session", "?sid", "connectsid", "csrf", "xsrf"),
    *("cvv", "cvv2", "cvc", "securitycode", "cardnumber", "creditcardnumber", "ccnumber"),
    *("ssn", "socialsecuritynumber", "oauthsignature", "sharedaccesssignature"),
    *("?xhubsignature", "?xhubsignature256", "?webhooksignature", "?rspauth"),
    *("oauthverifier", "samlart", "securityanswer", "?credential", "?credentials"),
)
"""Fields that hold credentials wherever they stand."""

FORM_FIELDS = (
    *(*FIELDS, "?signature", "?policy"),
    *("xamzsignature", "xamzcredential", "xgoogsignature", "xgoogcredential"),
)
"""A form may exchange an authorization code (RFC 6749 section 4.1.3), or be a signed upload (S3, Google)."""

COOKIES = (
    *("*sid", "*sess", "*sessid", "*session", "*sessionid", "*auth", "*token", "*jwt", "*ticket"),
    *("*csrf", "*xsrf", "*rememberme", "*sessionkey", "*authid", "*login"),
)
"""Cookies whose value is sought everywhere, short as it may be: every cookie is hidden where it is one."""

HEADERS = (*FIELDS, "proxyauthorization", "?*signature", "?*signature256", "?*hmac", "?*hmacsha256")

QUERY = (
    *FORM_FIELDS,
    *("?key", "?auth", "?sign", "sig", "signature", "?hmac", "?appid", "?ticket"),
)
"""Query keys: Google's and OpenWeather's API keys, tickets of CAS, and what signed URLs of AWS, Google and Azure carry."""

STEMS = (
    *("token", "jwt", "bearer", "auth", "cookie", "secret", "connection", "passw", "passp", "passc", "pwd"),
    *("key", "assertion", "saml", "verifier", "code", "otp", "pin", "mnemonic", "seed", "sess", "sid"),
    *(
        "csrf",
        "xsrf",
        "cvv",
        "cvc",
        "card",
        "ccnum",
        "ssn",
        "social",
        "sign",
        "sig",
        "hmac",
        "policy",
        "credential",
        "securitya",
        "appid",
        "ticket",
    ),
)
"""Each name of the tables above holds one of these: what running text is searched for."""

MARKERS = frozenset(
    {
        *("tokens", "keys", "key", "apikeys", "secrets", "login", "sso", "share", "session", "sessions"),
        *("webhook", "webhooks", "hooks", "code", "auth", "oauth", "callback"),
    }
)
"""Segments of a path after which one that looks like a credential is one."""

ISSUED = frozenset(
    {
        *("tokens", "keys", "apikeys", "secrets", "session", "sessions", "webhook", "webhooks", "hooks"),
    }
)
"""Those of the markers that hold credentials themselves: after these a short one counts, too (`looks_issued`)."""

MAILED = frozenset(
    {
        *(
            "reset",
            "passwordreset",
            "resetpassword",
            "magic",
            "magiclink",
            "unsubscribe",
            "verify",
            "verification",
        ),
        *(
            "confirm",
            "confirmation",
            "activate",
            "activation",
            "invite",
            "invites",
            "invitation",
            "invitations",
        ),
    }
)
"""Segments of links that are sent by mail: after these everything that is no word is a credential."""

HARMLESS = (
    # Cursors of paginated APIs.
    *("*pagetoken", "*nexttoken", "*continuationtoken", "*synctoken", "*skiptoken", "*deltatoken"),
    *("*resumetoken", "*cursortoken", "*starttoken", "*previoustoken", "*paginationtoken"),
    # Idempotency and cancellation.
    *("clientrequesttoken", "*idempotencytoken", "*canceltoken", "*cancellationtoken"),
    # Vocabulary and prices of language models.
    *("eostoken", "bostoken", "padtoken", "unktoken", "septoken", "clstoken", "masktoken"),
    *("*pertoken", "*firsttoken", "*stoptoken", "*endtoken"),
    # Statements about a secret.
    *("*haspassword", "*hassecret", "*hastoken", "*issecret", "*resetpassword", "*forgotpassword"),
    *("*requirepassword", "*requirespassword", "*changepassword", "*nopassword"),
)

HARMLESS_BELOW = frozenset({"errors", "fielderrors", "validationerrors", "logprobs", "toplogprobs"})
"""Keys below which names say nothing: validation messages by field, tokens of a language model."""

HARMLESS_LEAVES = frozenset(
    {
        *("type", "tokentype", "scope", "scopes", "kind", "name", "secretname", "format", "title"),
        *("description", "pattern", "minlength", "maxlength", "apiversion"),
        *("expires", "expiresin", "expiresat", "expiry", "expiration", "exp", "iat", "nbf"),
        *("createdat", "createdate", "updatedat", "issuedat", "lifetime", "ttl", "status", "username"),
    }
)
"""What may stand below a secret key without being one: dates that a client parses, JSON Schema."""

REQUEST_HEADERS = frozenset(
    {
        *("accept", "accept-language", "accept-version", "content-type", "content-encoding"),
        *("content-language", "content-disposition", "content-range", "range", "prefer", "origin"),
        *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"),
        *("expect", "x-requested-with", "x-http-method-override", "soapaction", "x-amz-target"),
        *("depth", "destination", "overwrite", "api-version", "x-api-version", "x-github-api-version"),
        *("anthropic-version", "anthropic-beta", "openai-beta", "notion-version", "stripe-version"),
    }
)
"""Request headers that are stored: what chooses the answer, and nothing that identifies the client."""

_OPAQUE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.~+/=%-]{16,}")
_ISSUED = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.~+=%-]{12,}", re.ASCII)
_NAME = r"(?:[A-Z]?[a-z]+|[A-Z]+)\d{0,4}|\d{1,8}[a-z]?"
_SLUG = re.compile(rf"(?:{_NAME})(?:[._~-]+(?:{_NAME}))*")
_NONE = re.compile(
    r"\d{4}-\d\d-\d\d|(?:[A-Z]+|[a-z]+)(?:[_-](?:[A-Z]+|[a-z]+))+(?:[_-]\d+)?\Z"
)  # a date, words and a number
_SAYS_NONE = re.compile(
    r"[*•]+|x{4,}|-|\?+|\.{3}|null|none|nil|undefined|true|false|\[?(?:redacted|filtered|hidden|masked)\]?",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"[A-Z]?[a-z]*(?:[A-Z][a-z]{2,})*|[A-Z]*|(?:19|20)\d{6}(?:\d{6})?"
)  # a word, wordsInOne, a date
_CHANCE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]{8,}")
_TURNS = re.compile(r"[A-Za-z](?=\d)|\d(?=[A-Za-z])")
_TICKER = re.compile(r"[A-Z]{2,5}")


class Verdict(IntEnum):
    """What a name says about its value."""

    HARMLESS = 0
    IF_OPAQUE = 1
    SECRET = 2


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """`name` in the form in which names are compared."""
    return "".join(filter(str.isalnum, name.lower()))


def looks_opaque(value: str) -> bool:
    """Whether `value` looks like a credential: long, letters and digits, no date, no sentence."""
    return _OPAQUE.fullmatch(value) is not None and _NONE.match(value) is None


def looks_issued(value: str) -> bool:
    """Whether `value` looks like a credential that may be short: letters among digits, no date, no words with numbers."""
    return _ISSUED.fullmatch(value) is not None and not _SLUG.fullmatch(value) and not _NONE.match(value)


def says_little(value: str) -> bool:
    """Whether the value of a cookie is a word, a date, a plain name: it may stand anywhere by accident."""
    return _PLAIN.fullmatch(value) is not None or _NONE.match(value) is not None


def looks_made_up(value: str) -> bool:
    """Whether letters and digits are mixed as only chance does it, be they few."""
    return _CHANCE.fullmatch(value) is not None and (
        len(_TURNS.findall(value)) >= 3 or not (value.islower() or value.isupper())
    )


def _says_none(folded: str, value: str) -> bool:
    """Whether `value` says that there is no secret here: a mask, a null; the symbol of a currency."""
    return _SAYS_NONE.fullmatch(value) is not None or (
        folded.endswith("token") and _TICKER.fullmatch(value) is not None
    )


class Names:
    """One table of names, compiled; ``verdict(name)`` says what a name means."""

    def __init__(self, rows: Iterable[str], harmless: Iterable[str] = HARMLESS) -> None:
        rows = [row for row in rows if fold(row)]
        harmless = list(harmless)
        self._exact = frozenset(fold(row) for row in rows if row[0] not in "*?")
        self._suffixes = tuple(fold(row) for row in rows if row[0] == "*")
        self._suspects = frozenset(fold(row) for row in rows if row[0] == "?" and row[1] != "*")
        self._suspect_suffixes = tuple(fold(row) for row in rows if row[:2] == "?*")
        self._harmless = frozenset(fold(row) for row in harmless if row[0] != "*")
        self._harmless_suffixes = tuple(fold(row) for row in harmless if row[0] == "*")
        self.stems = tuple({stem for row in rows for stem in _stems(row)})
        # An instance attribute, so that a call costs no method look-up.
        self.verdict: Callable[[str], Verdict] = lru_cache(maxsize=4096)(self._judge)

    def names_secret(self, name: str, value: str) -> bool:
        """Whether `name` makes `value` a secret."""
        verdict = self.verdict(name)
        if verdict is Verdict.SECRET:
            return not _says_none(fold(name), value)
        return verdict is Verdict.IF_OPAQUE and looks_opaque(value)

    def _judge(self, name: str) -> Verdict:
        folded = fold(name)
        if folded in self._exact:
            return Verdict.SECRET
        if folded in self._harmless or folded.endswith(self._harmless_suffixes):
            return Verdict.HARMLESS
        if folded.endswith(self._suffixes):
            return Verdict.SECRET
        suspect = folded in self._suspects or folded.endswith(self._suspect_suffixes)
        return Verdict.IF_OPAQUE if suspect else Verdict.HARMLESS


def _stems(row: str) -> set[str]:
    """What stands in running text where the name of `row` does: of a name in words its longest one."""
    folded = fold(row)
    if any(stem in folded for stem in STEMS):
        return set()
    return {max(re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+|[^\W_]+", row), key=len).lower()}
