"""Subinterpreters, each of which has audit hooks of its own.

The law of this file: while a guard is up, no code begins to run in another interpreter before that
guard is up there, too; where it cannot be, the code does not run. What was refused inside is
remembered outside.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import NetworkBlocked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .watch import Watch

    Held = Callable[[], Sequence[tuple[Watch, Sequence[str]]]]
    """The watches that hold here, each with the hosts that are let out."""

__all__ = ["SIGNS", "lay", "lift"]

SIGNS = {"cpython.PyInterpreterState_New"}
"""Audit events that come when somebody has imported what makes interpreters."""

_MODULES = ("_interpreters", "_xxsubinterpreters")  # of Python 3.13 and later, and before
_RUNNING = ("run_string", "run_func", "exec", "call")

_INSIDE = """
import sys
sys.path.append({folder!r})
try:
    from api_mocker._guard.inside import hold, rest
finally:
    sys.path.remove({folder!r})
{act}
"""

# Any, here and below: functions of as many signatures, passed on as they are.
_laid: list[tuple[Any, str, Any]] = []


def lay(held: Held) -> None:
    """Steps in where interpreters are told what to run."""
    if _laid:
        return
    for name in _MODULES:
        # One that is built in sends no sign, and costs nothing to load.
        module = import_module(name) if name in sys.builtin_module_names else sys.modules.get(name)
        for function in _RUNNING:
            original = getattr(module, function, None)
            if module is not None and original is not None:
                _laid.append((module, function, original))
                setattr(module, function, _guarded(original, module.run_string, held))


def lift() -> None:
    """Undoes it."""
    while _laid:
        module, name, original = _laid.pop()
        setattr(module, name, original)


def _guarded(original: Callable[..., Any], run: Callable[..., Any], held: Held) -> Callable[..., Any]:
    @wraps(original)
    def guarded(interpreter: Any, *args: Any, **options: Any) -> Any:
        watches = held()
        if not watches:
            return original(interpreter, *args, **options)
        from tempfile import TemporaryFile

        _tell(run, interpreter, f"hold({json.dumps([_told(*each) for each in watches])!r})")
        with TemporaryFile() as said:
            try:
                return original(interpreter, *args, **options)
            finally:
                with suppress(NetworkBlocked):  # the interpreter is gone
                    _tell(run, interpreter, f"rest({said.fileno()})")
                said.seek(0)
                _remember([watch for watch, _ in watches], said.read())

    return guarded


def _told(watch: Watch, allowed: Sequence[str]) -> dict[str, object]:
    return {
        "why": watch.why,
        "allowed": [*allowed],
        "loopback": watch.loopback,
        "only_notes": watch.only_notes,
        "who": watch.who,
        "marked": watch.marked,
    }


def _tell(run: Callable[..., Any], interpreter: Any, act: str) -> None:
    source = _INSIDE.format(folder=str(Path(__file__).parents[2]), act=act)
    try:
        failed = run(interpreter, f"exec({source!r}, {{}})")
    except RuntimeError as error:  # before Python 3.13 it was raised
        failed = error
    if failed is not None:
        reason = getattr(failed, "formatted", failed)
        raise NetworkBlocked(
            f"code for another interpreter was not run, for it cannot be guarded there: {reason}\n"
            "  Run it in this one, or where nothing is guarded"
        )


def _remember(watches: Sequence[Watch], said: bytes) -> None:
    for watch, told in zip(watches, json.loads(said or b"[]"), strict=False):
        watch.seen += told["seen"]
        for place, message, host, port in told["refused"]:
            watch.refused.setdefault(place, NetworkBlocked(message, host, port))
