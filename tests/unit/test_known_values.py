"""Where known secrets are read: the environment and the ``.env`` files of a project."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._known_values import KnownValues, variables_in
from api_mocker._session import Session

if TYPE_CHECKING:
    from pathlib import Path

OPAQUE = "q8Zk3mX0vT71bLw9"

ENV = """\
# a comment
PLAIN_TOKEN=plain-4711-zz
export EXPORTED_TOKEN = exported-4711-zz   # why
SINGLE_TOKEN='it is # no $comment'
DOUBLE_TOKEN="a \\"quoted\\" one\\nand more" # yes
PEM_PRIVATE_KEY="first line 1
second line 2"
OPEN_TOKEN='never closed
LAST_TOKEN='but this one'
EMPTY_TOKEN=
WINDOWS_TOKEN=ends-with-cr-1\r
no assignment at all
"""


def test_the_lines_of_an_env_file() -> None:
    """Quotes, escapes in double ones, ``export``, comments, several lines; and what is broken breaks no other line."""
    assert dict(variables_in(ENV)) == {
        "PLAIN_TOKEN": "plain-4711-zz",
        "EXPORTED_TOKEN": "exported-4711-zz",
        "SINGLE_TOKEN": "it is # no $comment",
        "DOUBLE_TOKEN": 'a "quoted" one\nand more',
        "PEM_PRIVATE_KEY": "first line 1\nsecond line 2",
        "OPEN_TOKEN": "never closed",
        "LAST_TOKEN": "but this one",
        "EMPTY_TOKEN": "",
        "WINDOWS_TOKEN": "ends-with-cr-1",
    }


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Whatever is in the file, nothing is raised, and names are names."""
    assert all(name for name, _ in variables_in(text))


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="'"), max_size=60))
def test_a_value_in_single_quotes_is_itself(value: str) -> None:
    """Nothing in it means anything."""
    assert [*variables_in(f"A='{value}'\nB=1")] == [("A", value), ("B", "1")]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that holds no secret."""
    for name in [*os.environ]:
        if name not in ("PATH", "HOME"):
            monkeypatch.delenv(name)


@pytest.mark.usefixtures("bare")
def test_the_environment_and_the_files_of_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, but for what is committed as an example."""
    monkeypatch.setenv("SHOP_TOKEN", OPAQUE)
    monkeypatch.setenv("SHOP_NAME", "some-4711-shop")
    (tmp_path / ".env").write_text("A_TOKEN=from-the-file-1\nOTHER=nothing-4711-x", "utf-8")
    (tmp_path / ".env.local").write_text("A_TOKEN=from-the-file-2", "utf-8-sig")
    (tmp_path / ".env.example").write_text("A_TOKEN=example-4711-z", "utf-8")
    (tmp_path / ".envrc").write_text("A_TOKEN=other-4711-z", "utf-8")
    (tmp_path / ".env.folder").mkdir()
    (tmp_path / ".env.binary").write_bytes(b"\xff\xfe\0B_TOKEN=x\n")
    assert [*KnownValues(tmp_path).known()] == [
        ("SHOP_TOKEN", OPAQUE),
        ("A_TOKEN", "from-the-file-1"),
        ("A_TOKEN", "from-the-file-2"),
    ]


@pytest.mark.usefixtures("bare")
def test_what_is_given_by_name_counts_whatever_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``redact.env``: a word, too; only less than four characters stand in any text by accident."""
    monkeypatch.setenv("SHOP_NAME", "acme")
    monkeypatch.setenv("SHOP_NUMBER", "17")
    (tmp_path / ".env").write_text("SHOP_ACCOUNT=emca", "utf-8")
    known = KnownValues(tmp_path).known(["SHOP_NAME", "SHOP_NUMBER", "SHOP_ACCOUNT", "NOT_SET"])
    assert [*known] == [("SHOP_NAME", "acme"), ("SHOP_ACCOUNT", "emca")]


@pytest.mark.usefixtures("bare")
def test_a_path_says_where_a_secret_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is none itself."""
    monkeypatch.setenv("SHOP_TOKEN", str(tmp_path))
    assert KnownValues(tmp_path).known() == ()


@pytest.mark.usefixtures("bare")
def test_rules_are_made_once_for_what_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read once; a variable that a fixture sets later is found by the cassettes opened after it."""
    file = tmp_path / ".env"
    file.write_text("A_TOKEN=from-the-file-1", "utf-8")
    session = Session(tmp_path)
    before = session.rules(session.config)
    file.write_text("A_TOKEN=from-the-file-2", "utf-8")
    assert session.rules(session.config) is before
    monkeypatch.setenv("SHOP_TOKEN", OPAQUE)
    after = session.rules(session.config)
    assert [*after.values] == [("SHOP_TOKEN", OPAQUE), ("A_TOKEN", "from-the-file-1")]
