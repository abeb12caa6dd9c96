"""Runs the same flows and the same mistakes with every tool, and writes what came of it into the page.

    python side_by_side            # runs everything, and writes docs/side-by-side.md between its markers
    python side_by_side --check    # runs everything, and says whether the page is out of date

The law of this file: no result is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from running import HERE, outcomes, tests_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from running import Outcome, Test

PAGE = HERE.parent / "docs" / "side-by-side.md"

TOOLS = ("responses", "requests-mock", "respx", "pytest-httpx", "aioresponses", "api-mocker")
CLIENTS = {
    "requests": "requests",
    "httpx": "httpx",
    "httpx_async": "httpx, async",
    "aiohttp": "aiohttp",
}
FLOWS = {
    "test_checkout": "a checkout over three services",
    "test_retry": "a retry on 503",
    "test_pagination": "pagination",
    "test_token_refresh": "a token refreshed on 401",
    "test_stream": "a streamed answer",
    "test_upload": "an upload",
}
MISTAKES = (
    "unused declaration",
    "unexpected call, swallowed",
    "one call too many",
    "wrong query",
    "wrong body",
)
LEVELS = {
    "test_as_declared": "yes",
    "test_with_options": "with options",
    "test_counted_by_hand": "by hand",
}
"""How a test may notice a mistake, the easiest first."""

_MARKED = re.compile(r"(<!-- generated: (side-by-side-[a-z-]+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)


def path_of(folder: str, tool: str) -> Path:
    return HERE / folder / f"test_{tool.replace('-', '_')}.py"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def flows() -> Iterator[tuple[str, str]]:
    """Runs the flows; their pieces of the page."""
    code = {tool: tests_of(path_of("flows", tool)) for tool in TOOLS}
    ran = {tool: outcomes(path_of("flows", tool)) for tool in TOOLS}
    for tool, results in ran.items():
        if wrong := [
            f"{each.test}[{each.client}]: {each.text}" for each in results if each.result == "failed"
        ]:
            raise SystemExit("\n".join([f"{tool}: these flows fail, and should not", *wrong]))
    impossible = {
        (tool, each.test): each.text
        for tool, results in ran.items()
        for each in results
        if each.result == "impossible"
    }
    rows = [
        [said, *("-" if (tool, test) in impossible else str(code[tool][test].lines) for tool in TOOLS)]
        for test, said in FLOWS.items()
    ]
    rows.append(["all that are possible", *(str(_sum(code[tool], impossible, tool)) for tool in TOOLS)])
    rows.append(["clients of these very tests", *(_clients(ran[tool]) for tool in TOOLS)])
    notes = "".join(
        f"\n{tool} cannot have *{FLOWS[test]}*: {text}.\n" for (tool, test), text in impossible.items()
    )
    yield "side-by-side-lines", table(["lines of the test", *TOOLS], rows) + notes
    for test in FLOWS:
        blocks = [
            f"{tool}:\n\n```python\n{code[tool][test].code}\n```\n"
            for tool in TOOLS
            if (tool, test) not in impossible
        ]
        yield f"side-by-side-{test.removeprefix('test_').replace('_', '-')}", "\n".join(blocks)


def _sum(code: dict[str, Test], impossible: dict[tuple[str, str], str], tool: str) -> int:
    return sum(test.lines for name, test in code.items() if (tool, name) not in impossible)


def _clients(results: Iterable[Outcome]) -> str:
    return "; ".join(dict.fromkeys(CLIENTS[each.client] for each in results))


def mistakes() -> Iterator[tuple[str, str]]:
    """Runs the application right, and with each mistake; their pieces of the page."""
    for tool in TOOLS:
        if wrong := [each for each in outcomes(path_of("mistakes", tool)) if each.result != "passed"]:
            raise SystemExit(f"{tool}: the right application does not pass: {wrong}")
    cells: dict[tuple[str, str], str] = {}
    said: list[str] = []
    for mistake in MISTAKES:
        for tool in TOOLS:
            results = outcomes(path_of("mistakes", tool), mistake)
            cells[mistake, tool] = _noticed(results)
            if mistake == MISTAKES[-1]:
                said.append(_said(tool, results))
    rows = [[mistake, *(cells[mistake, tool] for tool in TOOLS)] for mistake in MISTAKES]
    yield "side-by-side-mistakes", table(["mistake", *TOOLS], rows)
    yield "side-by-side-errors", "\n".join(said)


def _noticed(results: Sequence[Outcome]) -> str:
    """The easiest way in which it is noticed, with every client."""
    for test, answer in LEVELS.items():
        found = [each for each in results if each.test == test]
        if found and all(each.result == "failed" for each in found):
            return answer
    return "no"


def _said(tool: str, results: Sequence[Outcome]) -> str:
    text = next(
        (each.text for test in LEVELS for each in results if each.test == test and each.text), "nothing"
    )
    return f"{tool}:\n\n```text\n{text.strip()}\n```\n"


def versions() -> Iterator[tuple[str, str]]:
    """With which releases it was run."""
    names = (*TOOLS[:-1], "requests", "httpx", "aiohttp")
    yield "side-by-side-versions", f"{', '.join(f'{name} {version(name)}' for name in names)}.\n"


def main() -> int:
    """Runs everything; the page is written, or compared."""
    parser = argparse.ArgumentParser(prog="side_by_side", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 where the page is out of date"
    )
    check = parser.parse_args().check
    pieces = dict([*versions(), *flows(), *mistakes()])
    old = PAGE.read_text("utf-8")
    if missing := {*pieces} ^ {found[2] for found in _MARKED.finditer(old)}:
        raise SystemExit(f"{PAGE.name} has no such pieces, or too many of them: {', '.join(sorted(missing))}")
    new = _MARKED.sub(lambda found: f"{found[1]}\n{pieces[found[2]]}\n{found[3]}", old)
    if new == old:
        return 0
    sys.stdout.write(f"docs/{PAGE.name} is out of date\n" if check else f"docs/{PAGE.name}\n")
    if not check:
        PAGE.write_text(new, "utf-8")
    return 1 if check else 0


if __name__ == "__main__":
    sys.exit(main())
