"""What is said about a test when it ends: what it hid, and what nobody asked for.

The law of this file: one report, and never in the place of the test's own failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..exceptions import ApiMockerError, ApiMockerWarning
from .marks import key_of
from .mocks import MOCK
from .names import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._use import Use
    from .run import Run

__all__ = ["PASSED", "USE", "judged", "sections"]

USE = pytest.StashKey["Use | None"]()
"""The cassette of a test, once it was opened."""

PASSED = pytest.StashKey[dict[str, bool]]()
"""Which phases of a test passed."""


def judged(item: pytest.Item, run: Run, ended: BaseException | None) -> list[str]:
    """Ends the test's cassette; what is to be said that `ended`, with which its teardown ended, does not say.

    What the finalizers of wider-scoped fixtures sent is an error of theirs: the test's own recording
    is kept all the same.
    """
    refused = run.unguard()
    clean = ended is None
    if ended is not None and refused:
        from .fence import is_due_to, said

        clean = is_due_to(ended, refused)
        refused = [error for error in refused if not said(ended, error)]
    phases = item.stash[PASSED]
    passed = clean and item.nodeid not in run.failed and all(map(phases.get, ("setup", "call")))
    texts: list[str] = []
    run.books.only_ours.discard(item.nodeid)
    try:
        _end(item, run, passed=passed)
    except ApiMockerError as error:
        if passed:  # behind a failure of the test's own, ours are not shown
            texts.append(str(error))
    if ended is not None or refused:
        run.books.only_ours.discard(item.nodeid)
    return [*texts, *map(str, refused)]


def _end(item: pytest.Item, run: Run, *, passed: bool) -> None:
    use, mock = item.stash[USE], item.stash[MOCK]
    recorded = use if use is not None and not run.session.disabled else None
    hidden = (
        recorded.swallowed() if recorded is not None else None,
        mock.problem() if mock is not None else None,
        run.network.end(),
    )
    problems: list[ApiMockerError] = [problem for problem in hidden if problem is not None]
    kept = passed and not problems
    refused = run.settled(recorded, passed=kept)
    if recorded is not None and (key := key_of(item, run.session)) is not None:
        run.played(key, told(item, run.session), recorded, passed=kept)
    if not passed:  # behind a failure of the test's own, nothing is said but what is lost
        run.errors += map(str, refused)
        return
    if refused:
        raise _joined([*refused, *problems])
    if kept and recorded is not None:
        problems += [*_unused_recordings(item, run, recorded), *_expired_recordings(item, recorded)]
        if problems:
            run.books.only_ours.add(item.nodeid)
    if mock is not None and (text := mock.warning()):
        _warn(item, text)
    if problems:
        raise _joined(problems)


def sections(shown: str, item: pytest.Item, run: Run) -> list[tuple[str, str]]:
    """What a failing test did besides, as sections of its report; `shown` is what the report says already."""
    use, mock = item.stash[USE], item.stash[MOCK]
    refusals = [
        *(use.engine.refusals if use is not None else ()),
        *(mock.router.refusals if mock is not None else ()),
        *run.network.refused_by_now(),
    ]
    hidden = [text for text in map(str, refusals) if text.splitlines()[0] not in shown]
    found = []
    if use is not None and use.engine.notes:
        found.append(("api-mocker: not recorded", "\n".join(use.engine.notes)))
    if hidden:
        found.append(("api-mocker: refused requests", "\n".join(hidden)))
    return found


def _unused_recordings(item: pytest.Item, run: Run, use: Use) -> list[ApiMockerError]:
    """What a passing test leaves unused of its cassette, where that is an error; a warning where it is one."""
    for note in use.engine.notes:
        _warn(item, note)
    key = key_of(item, run.session)
    judged_later = key is not None and (use.replaying or run.is_shared(key))
    unused = None if use.config.unused == "ignore" or judged_later else use.unused()
    if unused is None:
        return []
    run.unused += len(use.engine.tapes[0].unused())
    if use.replaying and use.config.unused == "error":
        return [unused]
    _warn(item, str(unused))
    return []


def _expired_recordings(item: pytest.Item, use: Use) -> list[ApiMockerError]:
    """What a passing test played though it is too old, where that is an error; a warning where it is one."""
    expired = use.expired()
    if expired is None or use.config.on_expiry == "fail":
        return [] if expired is None else [expired]
    _warn(item, str(expired))
    return []


def _joined(problems: Sequence[ApiMockerError]) -> ApiMockerError:
    """Several errors as one."""
    first, *others = problems
    return first if not others else ApiMockerError("\n\n".join(map(str, problems)))


def _warn(item: pytest.Item, text: str) -> None:
    """Shows a warning at the test."""
    item.warn(ApiMockerWarning(text))
