"""Every example in README and docs does what the page says, in a real project against a real server."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docs import generate
from tests.docs.fences import steps
from tests.docs.story import ROOT

import api_mocker

if TYPE_CHECKING:
    from tests.docs.story import Story

PAGES = list(generate.pages())
_LINK = re.compile(r"\]\((?!https?:|#)([^)\s#]+)[^)]*\)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_example_is_true(page: Path, story: Story) -> None:
    """The files of a page, run by its commands, print what the page shows."""
    for step in steps(page.read_text("utf-8")):
        story.tell(step)
    story.end()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_link_leads_somewhere(page: Path) -> None:
    """A relative link names a file that is there."""
    gone = [link for link in _LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert not gone


def test_pages_are_as_generated() -> None:
    """The tables and help pages are those of the code; `python docs/generate.py` writes them."""
    assert [name(page) for page in generate.outdated()] == []


def test_each_public_name_is_described() -> None:
    """The reference has every name of `__all__`: the errors on one page, the rest on the other."""
    reference = ROOT / "docs" / "reference"
    described = re.findall(
        r"^\.\. auto\w+:: (\w+)", (reference / "python.md").read_text("utf-8"), re.MULTILINE
    )
    listed = re.findall(r"^\| `(\w+)` \|", (reference / "exceptions.md").read_text("utf-8"), re.MULTILINE)

    assert sorted([*described, *listed]) == sorted(api_mocker.__all__)


def test_the_first_command_is_possible() -> None:
    """The extras, the script and the clients of the README's first command are there."""
    [command] = re.findall(r"^python3 .*demo\.py$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    [extras] = re.findall(r'"\.\[(.*)\]"', command)
    offered = metadata.metadata("api-mocker").get_all("Provides-Extra") or []

    assert {*extras.split(",")} <= {*offered}
    assert (ROOT / command.rpartition(" ")[2]).is_file()
