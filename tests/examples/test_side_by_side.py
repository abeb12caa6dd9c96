"""Of the page that compares tools, what is said of this one; the peers have a session of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "side-by-side.md").read_text("utf-8")
ROWS = re.findall(
    r"^\| (.+?) \|.* (yes|with options|by hand|no) \|$",
    PAGE.partition("side-by-side-mistakes")[2],
    re.MULTILINE,
)
PATIENCE = 120
"""Seconds."""


def failing(folder: str, mistake: str = "") -> set[str]:
    """The tests of api-mocker that fail while the application makes this mistake."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTEST_ADDOPTS": "-p no:cassetter -p no:recording -p no:asyncio",
        "MISTAKE": mistake,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rfE", f"{folder}/test_api_mocker.py"],
        cwd=ROOT / "side_by_side", env=environment, timeout=PATIENCE,
        capture_output=True, check=False, encoding="utf-8",
    )  # fmt: skip
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    return {*re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", ran.stdout, re.MULTILINE)}


def test_each_flow_passes() -> None:
    """With requests, httpx and httpx asynchronously, by the same declarations."""
    assert failing("flows") == set()


def test_the_right_application_passes() -> None:
    """What notices mistakes notices nothing else."""
    assert failing("mistakes") == set()


@pytest.mark.parametrize(("mistake", "noticed"), ROWS)
def test_a_mistake_is_noticed_as_the_page_says(mistake: str, noticed: str) -> None:
    """By itself, or when declared as strictly as may be."""
    both = {"test_as_declared", "test_with_options"}
    assert failing("mistakes", mistake) == (both if noticed == "yes" else {"test_with_options"})


def test_the_page_has_five_mistakes() -> None:
    """The table is found."""
    assert len(ROWS) == 5
