"""Secrets in a body that is too large to be held: looked for in one window after the other.

The law of this file: what would be hidden in a body that is held is hidden in one that is not, and nothing else. A
body that cannot be looked at in parts is read as a whole, as far as memory goes, or is not kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exceptions import CassetteError
from .coding import MOST
from .kept import kept_values
from .redaction_draft import Draft
from .secret_patterns import PATTERNS
from .vault import SHORTEST_RUN
from .windows import WHOLE, Windows, head_of, heading_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .large_body import LargeBody, Spool
    from .model import Response
    from .redaction_blobs import BlobValues
    from .redaction_forms import FormedValues
    from .redaction_rules import Rules
    from .vault import Vault

__all__ = ["LargeValues", "whole_content"]

_MARKS = bytes(0x61 if 0x20 <= char < 0x7F or char in b"\t\n\r" else 0x2E for char in range(256))
_STEP = 1 << 20  # bytes that are copied at once


class LargeValues:
    """Hides in `vault`, with `within`, which hides what is in one draft."""

    def __init__(
        self,
        rules: Rules,
        vault: Vault,
        formed: FormedValues,
        blobs: BlobValues,
        within: Callable[[Draft], None],
        window: int,
    ) -> None:
        self._rules = rules
        self._vault = vault
        self._formed = formed
        self._blobs = blobs
        self._within = within
        self._windows = Windows(rules, vault, window)

    def hidden(self, response: Response, large: LargeBody) -> tuple[LargeBody, tuple[int, ...] | None]:
        """The body without its secrets, and its chunks; the same object when nothing had to change."""
        spool: Spool | None = None
        cuts = _Chunks(response.chunks if sum(response.chunks or ()) == large.size else None)
        for at, draft in self._drafts(response, large, cuts):
            self._hide(response, draft)
            if draft.changed and spool is None:
                spool = large.spool()
                for start in range(0, at, _STEP):
                    spool.write(large.read(start, min(_STEP, at - start)))
            cuts.took(draft)
            if spool is not None:
                spool.write(draft.body[cuts.heading :])
        if spool is None:
            return large, response.chunks
        return spool.body(), cuts.sizes

    def parts(self, response: Response, large: LargeBody) -> Iterator[tuple[bytes, bytes]]:
        """Each window, before and behind."""
        cuts = _Chunks(None)
        for _, draft in self._drafts(response, large, cuts):
            was = draft.body[draft.sizes[0] if draft.sizes else 0 :]
            self._hide(response, draft)
            cuts.took(draft)
            yield was, draft.body[cuts.heading :]

    def _hide(self, response: Response, draft: Draft) -> None:
        self._vault.spared = kept_values(self._rules.keep, response, draft)
        if draft.kind != "binary" or self._may_hold(draft):
            self._within(draft)

    def _drafts(self, response: Response, large: LargeBody, cuts: _Chunks) -> Iterator[tuple[int, Draft]]:
        head = head_of(large, response.headers)
        heading = heading_of(head)
        for at, piece in self._windows.of(large, head):
            before = heading if at else b""
            yield at, Draft(before + piece, response.headers, cuts.of(len(before), len(piece)), head)

    def _may_hold(self, draft: Draft) -> bool:
        """Whether there may be anything to hide in what is no text: told from its readable parts alone."""
        if len(self._rules.patterns) != len(PATTERNS) or self._rules.functions:
            return True
        if self._vault.odd and any(self._vault.sought(draft.text)):
            return True
        parts = b"\0\0".join(_readable(draft.body)).decode("ascii")
        if any(self._vault.sought(parts)):
            return True
        learning, self._vault.learning, self._vault.told = self._vault.learning, True, None
        try:
            self._formed.edits(parts, binary=True)
            self._blobs.edits(parts)
            return self._vault.told is not None
        finally:
            self._vault.learning = learning


def whole_content(response: Response, large: LargeBody) -> bytes | None:
    """The body, where it has to be looked at as a whole; CassetteError where it is too large for that."""
    head = head_of(large, response.headers)
    if head.kind not in WHOLE and not (head.wide and head.kind != "text"):
        return None
    if large.size > MOST:
        raise CassetteError(
            f"it is {head.kind} of {large.size >> 20} MiB, and secrets in that are found in the whole of it only, up to "
            f"{MOST >> 20} MiB. Let its host pass untouched (passthrough), or ask for less of it"
        )
    return large.content()


def _readable(content: bytes) -> Iterator[bytes]:
    """The runs of characters that may be text."""
    marked = content.translate(_MARKS)
    at = marked.find(b"a" * SHORTEST_RUN)
    while at >= 0:
        end = marked.find(b".", at)
        end = len(content) if end < 0 else end
        yield content[at:end]
        at = marked.find(b"a" * SHORTEST_RUN, end)


class _Chunks:
    """The sizes of the chunks of a body, which comes in windows that end where they like.

    Where something stands before a window that is not part of it, that counts as its first chunk.
    """

    def __init__(self, sizes: tuple[int, ...] | None) -> None:
        self._left = None if sizes is None else iter(sizes)
        self._rest = 0  # of the chunk in which the last window ended
        self._joined = False  # the window begins within a chunk
        self._heads = False
        self._out: list[int] = []
        self.heading = 0  # bytes before the window, as it is by now

    def of(self, before: int, size: int) -> tuple[int, ...] | None:
        """The sizes of what is in a window of this size, behind so much that is not part of it."""
        self._heads = before > 0
        if self._left is None:
            return (before, size) if before else None
        self._joined = self._rest > 0
        sizes = [before] if before else []
        while size:
            self._rest = self._rest or next(self._left)
            taken = min(size, self._rest)
            if taken:
                sizes.append(taken)
            self._rest -= taken
            size -= taken
        return tuple(sizes)

    def took(self, draft: Draft) -> None:
        """The window as it is by now."""
        sizes = list(draft.sizes or ())
        self.heading = sizes.pop(0) if self._heads else 0
        if self._left is None:
            return
        if self._joined and self._out and sizes:
            self._out[-1] += sizes.pop(0)
        self._out += sizes

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """Those of the whole body."""
        return None if self._left is None else tuple(self._out)
