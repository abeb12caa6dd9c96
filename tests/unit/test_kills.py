"""A recording process that is killed leaves the old cassette or the new one; `nox -s kills` tries it more often."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')")
def test_a_killed_recording_leaves_a_whole_cassette() -> None:
    """Killed at random moments, bodies beside it included; nothing half-written stays in its folder."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.kills", "20"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("20 kills, ")
