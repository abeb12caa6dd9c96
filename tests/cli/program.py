"""The program, run as people run it, and cassettes for it to look at."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from api_mocker._storage import files, schema
from api_mocker._storage.emit import emit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from api_mocker import Interaction

__all__ = ["run", "saved"]


def run(project: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the program in the project."""
    return subprocess.run(
        [sys.executable, "-m", "api_mocker", *args],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def saved(root: Path, name: str, interactions: Sequence[Interaction], test: str | None = None) -> Path:
    """Writes a cassette of this name in the project's cassette folder."""
    path = root / "cassettes" / name
    files.save(path, emit(schema.header(test)), interactions, opened=None, root=root)
    return path
