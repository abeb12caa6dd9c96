"""The examples of a page, and what is to be done with each: the convention that the pages keep.

The law of this file: every fenced block is an example that is tried, or says why it is not; a block
that is neither is an error that names its line. What is done stands in an HTML comment right above
the fence, which no reader sees:

    <!-- file: tests/test_a.py -->      written into the page's project under that name
    <!-- as recorded: cassettes/a.yaml --> equal to that file of the project, times aside
    <!-- exits: 1 -->                   a console block whose last command exits so, instead of with 0
    <!-- printed by: python a.py -->    text that this command prints, among others
    <!-- cassette: as written -->       a whole cassette, as api-mocker writes and reads it
    <!-- cassette: edited -->           one that it reads
    <!-- part: response.body -->        a piece of an interaction, read in its place
    <!-- illustration: the reason -->   not tried

Without one, ``console`` is run and its output compared, ``python`` is run as a script, and ``toml``
is read as configuration. ``<!-- run: command -->`` stands for itself: a command that readers need not
see; so does ``<!-- kept: cassettes/a.yaml -->``, a file of the project that is in ``cassettes/docs`` of
this repository too, and a comment of several lines that begins with ``file:``, a file that readers
need not see.
Between ``<!-- generated: name -->`` and ``<!-- end of name -->`` stands what ``docs/generate.py``
wrote and checks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Step", "StrayBlock", "steps"]

USUAL = {"console": "console", "python": "script", "toml": "configuration"}
"""What is done with a block of this language that has no comment."""

ALLOWED = {
    "file": {"python", "toml", "yaml", "ini", "json"},
    "as recorded": {"yaml"},
    "exits": {"console"},
    "printed by": {"text"},
    "cassette": {"yaml"},
    "part": {"yaml"},
    "illustration": {"console", "ini", "json", "python", "sh", "text", "toml", "yaml"},
}
"""The comments, and the languages that each may stand above."""

ALONE = {"run", "kept"}
"""Comments that stand above nothing."""

SPHINX = {"{eval-rst}", "{glossary}", "{include}", "{note}", "{tip}", "{toctree}", "{warning}"}
"""Directives of the documentation, which are no examples."""

_COMMENT = re.compile(r"<!-- ([a-z ]+?)(?:: (.+?))? -->")
_HIDDEN_FILE = re.compile(r"<!-- file: (\S+)")
_GENERATED = re.compile(r"<!-- generated: ([a-z-]+) -->\n.*?<!-- end of \1 -->", re.DOTALL)
_FENCE = re.compile(r"(`{3,}|~{3,}|:{3,})\s*(.*)")


class StrayBlock(Exception):
    """A block of which nobody knows what to do with it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what, with which word, and the text of the block; `line` is for errors."""

    what: str
    word: str
    text: str
    line: int


def steps(page: str) -> Iterator[Step]:
    """What a page wants to be done, in order; StrayBlock for what it does not say."""
    page = _GENERATED.sub(lambda piece: "\n" * piece[0].count("\n"), page)
    lines = enumerate(page.splitlines(), 1)
    comment: tuple[str, str] | None = None
    for number, indented in lines:
        line = indented.strip()
        fence = _FENCE.fullmatch(line)
        if comment is not None and not fence:
            raise StrayBlock(f"line {number}: no block follows <!-- {comment[0]} -->")
        if fence:
            text = _until(fence[1], lines, number, len(indented) - len(indented.lstrip()))
            if fence[2].partition(" ")[0] not in SPHINX:
                yield _step(fence[2], comment, text, number)
            comment = None
        elif hidden := _HIDDEN_FILE.fullmatch(line):
            yield Step("file", hidden[1], _until("-->", lines, number, 0), number)
        elif found := _COMMENT.fullmatch(line):
            comment = _named(found[1], found[2] or "", number)
            if comment[0] in ALONE:
                yield Step(*comment, "", number)
                comment = None


def _named(name: str, word: str, line: int) -> tuple[str, str]:
    if name not in ALONE and name not in ALLOWED:
        raise StrayBlock(f"line {line}: there is no comment {name!r}")
    if not word:
        raise StrayBlock(f"line {line}: <!-- {name} --> says nothing; it needs a word behind a colon")
    return name, word


def _until(end: str, lines: Iterator[tuple[int, str]], start: int, indentation: int) -> str:
    taken: list[str] = []
    for _, line in lines:
        if line.strip() == end:
            return "".join(f"{line}\n" for line in taken)
        taken.append(line[indentation:])
    raise StrayBlock(f"line {start}: the block does not end")


def _step(language: str, comment: tuple[str, str] | None, text: str, line: int) -> Step:
    if comment is None:
        if language not in USUAL:
            raise StrayBlock(f"line {line}: nothing is done with this {language or 'nameless'} block")
        return Step(USUAL[language], "0", text, line)
    name, word = comment
    if language not in ALLOWED[name]:
        raise StrayBlock(f"line {line}: <!-- {name} --> does not go with {language or 'a nameless block'}")
    return Step("console" if name == "exits" else name, word, text, line)
