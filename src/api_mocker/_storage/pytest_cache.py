"""Where pytest keeps what one run leaves for later: its cache folder, found without pytest.

The law of this file: it looks where pytest would (https://docs.pytest.org, "cache_dir" and "Finding the
rootdir"), and reads nothing but that one option.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["PARTIAL", "WHOLE", "last_ledger"]

WHOLE, PARTIAL = "ledger.json", "ledger-of-a-part.json"
"""The ledger of the last whole run and, until there is one, that of a run of some tests."""

_FOLDER = "d/api-mocker"  # where pytest's Cache.mkdir("api-mocker") is
_DEFAULT = ".pytest_cache"
_ALWAYS = frozenset({"pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"})
"""Files that hold pytest's options whatever else they say, or do not."""

_SECTIONS: dict[str, tuple[str, ...]] = {
    "pytest.toml": ("pytest",),
    ".pytest.toml": ("pytest",),
    "pytest.ini": ("pytest",),
    ".pytest.ini": ("pytest",),
    "pyproject.toml": ("tool.pytest", "tool.pytest.ini_options"),
    "tox.ini": ("pytest",),
    "setup.cfg": ("tool:pytest",),
}
"""Where the options are: the first file that has one of these sections holds all of them."""


def last_ledger(root: Path) -> Path | None:
    """The ledger that the last run of this project's tests left; None where it left none."""
    folder = root / os.path.expandvars(os.path.expanduser(_cache_dir(root))) / _FOLDER  # noqa: PTH111 - as pytest
    return next((path for name in (WHOLE, PARTIAL) if (path := folder / name).is_file()), None)


def _cache_dir(root: Path) -> str:
    for name, sections in _SECTIONS.items():
        try:
            text = (root / name).read_text("utf-8")
            found = [section for section in map(_reader(text, name), sections) if section is not None]
        except (OSError, ValueError):  # there is none, or pytest cannot read it either
            continue
        if found or name in _ALWAYS:
            given = next((section["cache_dir"] for section in found if "cache_dir" in section), None)
            return given if isinstance(given, str) else _DEFAULT
    return _DEFAULT


def _reader(text: str, name: str) -> Callable[[str], Mapping[str, object] | None]:
    """What gives a section of this file; ValueError where it is broken."""
    if name.endswith(".toml"):
        import tomllib  # the plugin needs the names above alone

        table: object = tomllib.loads(text)
        return lambda section: _table(table, section)
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except Error as error:
        raise ValueError(str(error)) from None
    return lambda section: dict(parser[section]) if parser.has_section(section) else None


def _table(table: object, section: str) -> Mapping[str, object] | None:
    for key in section.split("."):
        table = cast("Mapping[str, object]", table).get(key) if isinstance(table, dict) else None
    return cast("Mapping[str, object]", table) if isinstance(table, dict) else None
