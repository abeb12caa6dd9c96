"""Which values are secrets whatever their field is called: credentials with a recognisable form.

A row is sought only where one of its ``needles`` is in the text, which costs a fraction of the
expression itself. The secret is group 1 where there is one, else the whole match. The table is
kept small: a form gets in when a false alarm is all but impossible. An expression starts where a run
of its characters starts, so that no text makes it try each place of a long run.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PATTERNS", "Pattern", "basic_password", "split_scheme"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """``name`` names the placeholder. Without ``needles`` the expression is always tried.

    ``inner`` reads the secret that is part of the found value (the password of Basic credentials),
    "" for none; and None says that the value is no credential after all.
    """

    name: str
    regex: re.Pattern[str]
    needles: tuple[str, ...] = ()
    inner: Callable[[str], str | None] | None = None

    def found_in(self, text: str) -> Iterator[re.Match[str]]:
        """The matches in `text`."""
        if not self.needles or any(needle in text for needle in self.needles):
            yield from self.regex.finditer(text)


def basic_password(credentials: str) -> str | None:
    """The password in Basic credentials (RFC 7617), "" when empty; None when they are none."""
    try:
        decoded = base64.b64decode(credentials, validate=True).decode("utf-8")
    except ValueError:
        return None
    user, colon, password = decoded.partition(":")
    return password if colon and (user + password).isprintable() else None


def _row(
    name: str, expression: str, *needles: str, inner: Callable[[str], str | None] | None = None
) -> Pattern:
    return Pattern(name, re.compile(expression), needles, inner)


def _userinfo_password(userinfo: str) -> str:
    return unquote(userinfo.partition(":")[2])


_PEM = "-----{} [A-Z ]*PRIVATE KEY-----"

PATTERNS: tuple[Pattern, ...] = (
    # RFC 7519: three base64url parts, the first a JSON object, which makes it start with "eyJ".
    _row("jwt", r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+\.[\w-]*", "eyJ"),
    # RFC 7468; a key that was cut off, or whose JSON string ends first, counts as well.
    _row(
        "private_key", rf"{_PEM.format('BEGIN')}[^\"]+?(?:{_PEM.format('END')}|(?=\")|\Z)", "PRIVATE KEY-----"
    ),
    # A digit tells "Bearer 3f9a..." from "bearer authentication".
    _row("bearer", r"\b[Bb]earer\s+((?=[\w.~+/-]*\d)[\w.~+/-]{12,}=*)", "earer "),
    _row(
        "basic",
        r"\b[Bb]asic\s+([A-Za-z0-9+/]{8,}={0,2})",
        "asic ",
        inner=basic_password,
    ),
    # https://user:password@host (RFC 3986 section 3.2.1)
    _row("userinfo", r"://([^/?#\s\"'<>@:]+:[^/?#\s\"'<>@]+)(?=@)", "@", inner=_userinfo_password),
    # OpenAI, Anthropic, Stripe and others who took up the habit.
    _row("sk", r"(?<![\w-])[sr]k[-_](?=[\w-]*\d)[\w-]{20,}", "sk-", "sk_", "rk_"),
    _row(
        "github_token",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})",
        *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    ),
    _row("gitlab_token", r"(?<![\w-])glpat-[\w-]{20,}", "glpat-"),
    _row("aws_access_key_id", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", "AKIA", "ASIA"),
    _row("google_api_key", r"(?<![\w-])AIza[\w-]{35}", "AIza"),
    _row("google_token", r"(?<![\w-])ya29\.[\w-]{20,}", "ya29."),
    _row("slack_token", r"(?<![\w-])xox[abeoprs]-[\w-]{10,}", "xox"),
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
