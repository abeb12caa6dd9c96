"""Hostile cassettes for as long as one has time: `nox -s fuzz -- 600`, in seconds.

Each file is read whole, and given to each command that reads cassettes, within a bounded address space and under an alarm; one that breaks the property
of `tests/unit/test_hostile.py`, or takes too long, ends the run, and is shown at its smallest.
"""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import NoReturn

from hypothesis import HealthCheck, given, settings
from tests.unit.hostile import anything, read_whole, run_commands

_ROOM = 2 << 30  # bytes of address space; nothing that is made here is larger than some kilobytes
_PATIENCE = 20  # seconds for one file
_AT_ONCE = 500


def fuzz(seconds: float, folder: Path) -> int:
    """Reads files for that long; how many they were."""
    count = 0
    path = folder / "any.yaml"

    @settings(
        max_examples=_AT_ONCE, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
    )
    @given(anything)
    def read(content: bytes) -> None:
        nonlocal count
        count += 1
        path.write_bytes(content)
        signal.alarm(_PATIENCE)
        read_whole(path)
        run_commands(path)
        signal.alarm(0)

    end = monotonic() + seconds
    while monotonic() < end:
        read()
    return count


def _too_long(*_: object) -> NoReturn:
    raise TimeoutError(f"one file took more than {_PATIENCE} seconds")


def main() -> None:
    """Runs it, with the budget of the command line."""
    resource.setrlimit(resource.RLIMIT_AS, (_ROOM, _ROOM))
    signal.signal(signal.SIGALRM, _too_long)
    with TemporaryDirectory() as folder:
        count = fuzz(float(sys.argv[1]), Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    sys.stdout.write(f"{count:,} files, each a cassette or refused; {peak} MiB at most\n")


if __name__ == "__main__":
    main()
