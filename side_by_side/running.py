"""Runs the tests of one tool with pytest, and reads what became of them.

The law of this file: a result is what a process of pytest reported, and nothing else.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

__all__ = ["HERE", "Outcome", "Test", "outcomes", "tests_of"]

HERE = Path(__file__).resolve().parent
_MARKED = re.compile(r"(?:\nE .*)+")
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


@dataclass(frozen=True)
class Outcome:
    """What became of one test with one client: "passed", "failed", or "impossible" (with the reason)."""

    test: str
    client: str
    result: str
    text: str = ""


@dataclass(frozen=True)
class Test:
    """The code of one test."""

    name: str
    code: str

    @property
    def lines(self) -> int:
        """How many lines of code it has: what is blank or a comment is none."""
        return sum(1 for line in self.code.splitlines() if line.strip() and not line.strip().startswith("#"))


def outcomes(path: Path, mistake: str = "") -> list[Outcome]:
    """Runs a file of tests in a process of its own, the application making this mistake."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", str(path)]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            "MISTAKE": mistake,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        ran = subprocess.run(
            command, cwd=HERE, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        if ran.returncode not in (0, 1):
            raise SystemExit(f"{path.name} could not be run:\n{ran.stdout}{ran.stderr}")
        return _read(ET.parse(report))


def _read(report: ET.ElementTree[ET.Element]) -> list[Outcome]:
    found: dict[tuple[str, str], Outcome] = {}
    for case in report.iter("testcase"):
        test, _, client = case.attrib["name"].rstrip("]").partition("[")
        outcome = Outcome(test, client, "passed")
        for part in case:
            if part.tag in ("failure", "error"):
                outcome = Outcome(test, client, "failed", _said(part.text or ""))
                break
            if part.tag == "skipped":
                outcome = Outcome(test, client, "impossible", part.attrib["message"])
        before = found.get((test, client))  # a failing teardown is reported as a case of its own
        if before is None or before.result == "passed":
            found[test, client] = outcome
    return list(found.values())


def _said(report: str) -> str:
    """The error: the last lines that pytest marks as one."""
    *_, error = _MARKED.findall(f"\n{report}") or [report]
    return _ADDRESS.sub("0x...", dedent(re.sub(r"^E ", "  ", error, flags=re.MULTILINE)).strip("\n"))


def tests_of(path: Path) -> dict[str, Test]:
    """The tests of a file, decorators included."""
    source = path.read_text("utf-8")
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name] = Test(node.name, "\n".join(lines[first - 1 : node.end_lineno]))
    return found
