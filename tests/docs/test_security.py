"""The page on security names the test that holds each promise, and each of those is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_promise_has_its_test(file: str, test: str) -> None:
    """A file of that name holds a test of that name, which says what it holds."""
    functions = [
        node for node in ast.parse((ROOT / file).read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
    ]
    (found,) = (function for function in functions if function.name == test)
    assert ast.get_docstring(found)


def test_each_promise_names_one() -> None:
    """No row of a table of promises goes without."""
    page = re.sub(r"<!-- generated: .*?<!-- end of ", "", PAGE, flags=re.DOTALL)
    rows = [line for line in page.splitlines() if line.startswith("| ") and "::" not in line]
    heads = {"| promise | held by |", "| who | wants | what stands in the way |"}
    threats = PAGE[PAGE.index("## Against whom") : PAGE.index("## Secrets")]
    assert [row for row in rows if row not in heads and row not in threats] == []
