"""Values that are known to be secret beforehand: what variables are called, and what they hold.

The law of this file: a value is sought wherever it stands, so it has to be one that stands nowhere by
accident. What a variable's name does not tell to be secret, and what is short, a word or two, a
plain number, a URL or made of the words that people write for lack of a secret, is left out.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .secret_names import FIELDS, Names, looks_opaque

__all__ = ["SHORTEST", "SHORTEST_GIVEN", "Known", "is_common", "variable_is_secret"]

SHORTEST = 8
"""Characters of a value that is found by the name of its variable."""

SHORTEST_GIVEN = 4
"""Characters of a value that is given as a secret by name (``redact.env``) or as itself."""

_SURE = frozenset({"pass", "pw", "credential", "credentials"})
_SUSPECT = frozenset(
    {"key", "auth", "pat", "sig", "signature", "hmac", "salt", "cookie", "session", "sas", "pin"}
)
"""Last words of a variable's name: with these, its value has to look like a credential."""

_QUALIFIERS = frozenset(
    {
        *("prod", "production", "live", "staging", "stage", "dev", "development", "test", "testing"),
        *("sandbox", "local", "ci", "qa", "old", "new", "previous", "next", "primary", "secondary"),
        *("base64", "b64", "value", "raw", "default", "main", "backup", "ro", "rw"),
    }
)
"""Words behind the one that counts: ``API_KEY_TEST``, ``TOKEN_2``."""

_FOLDERS = frozenset({"PWD", "OLDPWD"})  # POSIX names them: the working directory, no password

_COMMON = frozenset(
    {
        *("a", "an", "the", "my", "your", "our", "some", "any", "no", "not", "is", "here", "this", "in"),
        *("test", "tests", "testing", "dummy", "fake", "mock", "example", "sample", "demo", "placeholder"),
        *(
            "secret",
            "secrets",
            "token",
            "tokens",
            "key",
            "keys",
            "api",
            "apikey",
            "password",
            "passwd",
            "pass",
        ),
        *("private", "public", "access", "client", "id", "user", "admin", "root", "value", "string"),
        *("auth", "bearer", "jwt", "cookie", "session", "credential", "credentials", "login", "service"),
        *("none", "null", "nil", "undefined", "empty", "unset", "default", "todo", "tbd", "fixme"),
        *("change", "changeme", "changeit", "replace", "replaceme", "me", "insert", "set", "with", "real"),
        *("foo", "bar", "baz", "qux", "foobar", "abc", "abcdef", "abcdefgh", "xyz", "asdf", "qwerty"),
        *("true", "false", "yes", "on", "off", "enabled", "disabled", "development", "production"),
        *("staging", "local", "localhost", "dev", "prod", "ci", "sk", "pk", "live", "for", "and", "only"),
    }
)

_WORD = re.compile(r"[A-Z]?[a-z]{0,14}|[A-Z]{0,14}")
_NUMBER = re.compile(r"[\d.,:+-]{1,11}|\d{4}-\d\d-\d\d\S*")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*")
_REFERENCE = re.compile(r"\$\{\w+\}|\{\{.*\}\}|<[^<>]*>|%\w+%")
_PIECES = re.compile(r"[A-Za-z]+|\d+")
_NAME_PARTS = re.compile(r"[A-Za-z]+[0-9]*|[0-9]+")
_LONGEST_COUNT = 4  # "test-token-123" is counted, "token-20481048104" is not


class Known(NamedTuple):
    """A value that is secret wherever it stands, and what it is called where no field names it."""

    name: str
    value: str


_NAMES = Names(FIELDS)


def variable_is_secret(name: str, value: str) -> bool:
    """Whether a variable's name says that its value is secret, and the value is none that is common."""
    if len(value) < SHORTEST or name in _FOLDERS:
        return False
    return _is_named(name, value) and not is_common(value)


def _is_named(name: str, value: str) -> bool:
    words = _NAME_PARTS.findall(name)
    while len(words) > 1 and _is_behind(words[-1].lower()):
        words.pop()
    if not words:
        return False
    last = words[-1].lower().rstrip("0123456789")
    plain = "_".join([*words[:-1], last])
    if last in _SURE or _NAMES.names_secret(plain, value):
        return True
    return last in _SUSPECT and looks_opaque(value)


def _is_behind(word: str) -> bool:
    return word in _QUALIFIERS or word.rstrip("0123456789") in ("", "v")


def is_common(value: str) -> bool:
    """Whether a value may stand in a text by accident, or is there for lack of a secret."""
    if len(value) < SHORTEST or len(set(value)) < 3:
        return True
    if any(form.fullmatch(value) for form in (_WORD, _NUMBER, _URL)) or _REFERENCE.search(value):
        return True
    return all(
        piece.lower() in _COMMON or (piece.isdigit() and len(piece) <= _LONGEST_COUNT)
        for piece in _PIECES.findall(value)
    )
