"""Secrets inside base64: a text that was coded, and holds a secret by its name or its form.

The law of this file: such a run is a secret as a whole, for what is written into it could not be
read back; what is in it is taken note of. Whatever does not start as a text is passed over at once.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from .base64_runs import padding_end
from .model import Headers
from .redaction_draft import Draft

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .redaction_draft import Edit
    from .redaction_forms import FormedValues
    from .redaction_names import NamedValues
    from .vault import Vault

__all__ = ["BlobValues"]

_SHORTEST = 16
_LONGEST = 1_000_000
_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_MARKS = bytes(ord("a") if char in _ALPHABET else ord(".") for char in range(256))
_READABLE = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}


class BlobValues:
    """Hides in `vault` what holds something that `named` or `formed` would hide."""

    def __init__(self, vault: Vault, named: NamedValues, formed: FormedValues) -> None:
        self._vault = vault
        self._named = named
        self._formed = formed

    def edits(self, text: str) -> list[Edit]:
        """Edits for the runs of base64 in `text`."""
        edits: list[Edit] = []
        for start, end in _runs(text):
            run = text[start:end]
            content = _read(run)
            name = content and self._secret_in(content)
            if not name:
                continue
            padded = padding_end(text, end)
            mask = self._vault.hide(run + "=" * (-len(run) % 4 if padded > end else 0), name)
            if mask is not None:
                edits.append((start, padded, mask))
        return edits

    def _secret_in(self, content: str) -> str | None:
        """The name of a secret in `content`, None where there is none."""
        draft = Draft(content.encode("utf-8", "surrogatepass"), Headers())
        learning, self._vault.learning, self._vault.told = self._vault.learning, True, None
        try:
            self._named.edits(draft)
            self._formed.edits(content)
            return self._vault.told
        finally:
            self._vault.learning = learning


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Where in `text` so many characters of base64 stand that they may be the code of another text."""
    marked = text.encode("latin-1", "replace").translate(_MARKS)  # byte by character
    start = marked.find(b"a" * _SHORTEST)
    while start >= 0:
        end = marked.find(b".", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = marked.find(b"a" * _SHORTEST, end)


def _read(run: str) -> str | None:
    """The text that `run` is the base64 of, None where it is none."""
    if len(run) > _LONGEST:
        return None
    plain = run.replace("-", "+").replace("_", "/")
    try:
        if not _READABLE.issuperset(base64.b64decode(plain[:12])):
            return None
        content = base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8")
    except ValueError:
        return None
    return content if content.isascii() or content.isprintable() else None
