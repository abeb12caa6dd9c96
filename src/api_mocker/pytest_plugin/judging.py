"""What is said about a test when it ends: what it hid, and what nobody asked for.

The law of this file: one report, and never in the place of the test's own failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exceptions import ApiMockerWarning
from .marks import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from .._mock import MockUse
    from .._use import Use
    from ..exceptions import ApiMockerError
    from .run import Run

__all__ = ["joined", "sections", "unused_recordings", "warn"]


def sections(shown: str, use: Use | None, mock: MockUse | None) -> list[tuple[str, str]]:
    """What a failing test did besides, as sections of its report; `shown` is what the report says already."""
    refusals = [
        *(use.engine.refusals if use is not None else ()),
        *(mock.router.refusals if mock is not None else ()),
    ]
    hidden = [text for text in map(str, refusals) if text.splitlines()[0] not in shown]
    found = []
    if use is not None and use.engine.notes:
        found.append(("api-mocker: not recorded", "\n".join(use.engine.notes)))
    if hidden:
        found.append(("api-mocker: refused requests", "\n".join(hidden)))
    return found


def unused_recordings(item: pytest.Item, run: Run, use: Use) -> list[ApiMockerError]:
    """What a passing test leaves unused of its cassette, where that is an error; a warning where it is one."""
    for note in use.engine.notes:
        warn(item, note)
    key = key_of(item, run.session)
    judged_later = key is not None and (use.replaying or run.is_shared(key))
    unused = None if use.config.unused == "ignore" or judged_later else use.unused()
    if unused is None:
        return []
    run.unused += len(use.engine.tapes[0].unused())
    if use.replaying and use.config.unused == "error":
        return [unused]
    warn(item, str(unused))
    return []


def joined(problems: Sequence[ApiMockerError]) -> ApiMockerError:
    """Several errors as one."""
    first, *others = problems
    return first if not others else type(first)("\n\n".join(map(str, problems)))


def warn(item: pytest.Item, text: str) -> None:
    """Shows a warning at the test."""
    item.warn(ApiMockerWarning(text))
