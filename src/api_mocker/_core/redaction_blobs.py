"""Secrets inside base64: a text that was coded, and holds a secret by its name or its form.

The law of this file: such a run is a secret as a whole, for what is written into it could not be
read back; what is in it is taken note of. Whatever does not start as a text is passed over at once.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from .model import Headers
from .redaction_draft import Draft

if TYPE_CHECKING:
    from .redaction_draft import Edit
    from .redaction_forms import FormedValues
    from .redaction_names import NamedValues
    from .vault import Vault

__all__ = ["BlobValues"]

_SHORTEST = 16
_LONGEST = 1_000_000
_IN_STRINGS = re.compile(r'"([A-Za-z0-9+/_-]{16,}+={0,2})(?=")')
_ANYWHERE = re.compile(r"(?:\A|[\"'=:>,;\s])([A-Za-z0-9+/_-]{16,}+={0,2})(?![\w+/.-])")
_READABLE = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}


class BlobValues:
    """Hides in `vault` what holds something that `named` or `formed` would hide."""

    def __init__(self, vault: Vault, named: NamedValues, formed: FormedValues) -> None:
        self._vault = vault
        self._named = named
        self._formed = formed

    def edits(self, text: str, *, json: bool = False) -> list[Edit]:
        """Edits for the runs of base64 in `text`; `json`: those that are a whole string of it."""
        edits: list[Edit] = []
        if len(text) < _SHORTEST:
            return edits
        for match in (_IN_STRINGS if json else _ANYWHERE).finditer(text):
            content = _read(match[1])
            name = content and self._secret_in(content)
            mask = self._vault.hide(match[1], name) if name else None
            if mask is not None:
                edits.append((*match.span(1), mask))
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


def _read(run: str) -> str | None:
    """The text that `run` is the base64 of, None where it is none."""
    if len(run) > _LONGEST:
        return None
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        if not _READABLE.issuperset(base64.b64decode(plain[:12])):
            return None
        content = base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8")
    except ValueError:
        return None
    return content if content.isascii() or content.isprintable() else None
