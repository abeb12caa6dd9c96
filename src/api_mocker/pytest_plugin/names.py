"""What a test is called in what is written: as pytest calls it, without the secrets of its parameters.

The law of this file: where a parameter is a secret, all of the test get the names that pytest gives to what
has none, their arguments' and their index (``token0``): the same in each run, and no hash of the secret,
by which a short one could be guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._session import Session
    from .._storage.ledger import Ledger

__all__ = ["told", "without_secrets"]

_TOLD = pytest.StashKey[str]()
_PIECES = 32  # dashes in the id of a test, behind which a secret is looked for


def told(item: pytest.Item, session: Session) -> str:
    """The test's id for files and reports."""
    name = item.stash.get(_TOLD, None)
    if name is None:
        name = item.stash[_TOLD] = _told(item, session)
    return name


def _told(item: pytest.Item, session: Session) -> str:
    name, bracket, _ = item.nodeid.partition("[")
    try:
        if not bracket or not _holds_secret(item.nodeid, session):
            return item.nodeid
    except UsageError:  # a mistake in the options is said where they are used
        return item.nodeid
    indices = getattr(getattr(item, "callspec", None), "indices", {})
    return f"{name}[{'-'.join(f'{argument}{index}' for argument, index in indices.items()) or 'hidden'}]"


def _variants(text: str) -> str:
    """The text, and what is behind each dash: pytest joins parameters with one, and a key may begin there."""
    _, _, rest = text.partition("[")
    pieces = rest.split("-", _PIECES)
    return "\n".join([text, *("-".join(pieces[at:]) for at in range(len(pieces)))])


def _holds_secret(text: str, session: Session) -> bool:
    told = _variants(text)
    return session.hidden(told) != told


def without_secrets(ledger: Ledger, names: Mapping[str, str], session: Session) -> Ledger:
    """The ledger in which each test of `names` is called so, and of all other texts the secrets are hidden."""
    hidden = {**_hidden([*ledger.tests, *ledger.arguments, *ledger.gaps], session), **names}
    ledger.tests = {hidden.get(test, test): outcome for test, outcome in ledger.tests.items()}
    ledger.arguments = [hidden.get(word, word) for word in ledger.arguments]
    ledger.gaps = [hidden.get(gap, gap) for gap in ledger.gaps]
    for track in ledger.cassettes.values():
        track.played = {hidden.get(test, test): numbers for test, numbers in track.played.items()}
    return ledger


def _hidden(texts: Iterable[str], session: Session) -> dict[str, str]:
    """Of these texts those that hold a secret, and each without it."""
    listed = [text for text in texts if "[" in text or "=" in text]
    together = "\n".join(map(_variants, listed))
    if session.hidden(together) == together:  # all at once, for there may be thousands
        return {}
    found: dict[str, str] = {}
    for text in listed:
        if _holds_secret(text, session):
            hidden = session.hidden(text)
            found[text] = hidden if hidden != text else f"{text.partition('[')[0]}[hidden{len(found)}]"
    return found
