"""Where pytest keeps what one run leaves for later: its cache folder, found without pytest.

The law of this file: it looks where pytest would (https://docs.pytest.org, "cache_dir" and "Finding the
rootdir"), and reads nothing but that one option.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PARTIAL", "WHOLE", "last_ledger"]

WHOLE, PARTIAL = "ledger.json", "ledger-of-a-part.json"
"""The ledger of the last whole run and, until there is one, that of a run of some tests."""

_FOLDER = "d/api-mocker"  # where pytest's Cache.mkdir("api-mocker") is
_DEFAULT = ".pytest_cache"
_SECTIONS = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}


def last_ledger(root: Path) -> Path | None:
    """The ledger that the last run of this project's tests left; None where it left none."""
    folder = root / os.path.expandvars(_cache_dir(root)) / _FOLDER
    return next((path for name in (WHOLE, PARTIAL) if (path := folder / name).is_file()), None)


def _cache_dir(root: Path) -> str:
    import tomllib  # the plugin needs the names above alone
    from configparser import ConfigParser
    from configparser import Error as ConfigError

    for name, section in _SECTIONS.items():
        parser = ConfigParser(interpolation=None)
        try:
            parser.read(root / name, "utf-8")
        except (ConfigError, UnicodeDecodeError):
            continue
        if parser.has_option(section, "cache_dir"):
            return parser.get(section, "cache_dir")
    try:
        tables: Any = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))  # Any: whatever TOML holds
        pytest = tables["tool"]["pytest"]
        found = pytest.get("ini_options", pytest)["cache_dir"]
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return _DEFAULT
    return found if isinstance(found, str) else _DEFAULT
