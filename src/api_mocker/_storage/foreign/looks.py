"""Whether a file looks like a recording of another tool, told by how it begins.

The law of this file: it is cheap, and looks at no name; what looks like one and is none is for the readers
to say.
"""

from __future__ import annotations

import re

from ...exceptions import CassetteUnreadable

__all__ = ["REACH", "SUFFIXES", "ForeignUnreadable", "is_toml", "looks_foreign"]

REACH = 1 << 16
"""So many bytes of a file are enough to tell."""

SUFFIXES = frozenset({".yaml", ".yml", ".json", ".har", ".toml"})
"""How files are called that may be one."""

_JSON = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\{")
_JSON_LISTS = re.compile(rb'"(?:http_)?interactions"\s*+:\s*+\[\s*+(?:\]|\{\s*+")')
_JSON_LOG = re.compile(rb'"log"\s*+:\s*+\{')
_LOG_HOLDS = re.compile(rb'"(?:entries|creator|browser|pages)"\s*+:\s*+[\[{]')
_YAML_LISTS = re.compile(
    rb"""^["']?(?:http_)?interactions["']?[ \t]*+:[ \t]*+(?:\[|[&!#\r\n]|$)""", re.MULTILINE
)
_YAML_HOLDS = re.compile(rb"""\brequest["']?[ \t]*+:|interactions["']?[ \t]*+:[ \t]*+(?:&\S++[ \t]++)?\[""")
_TOML = re.compile(rb"^\[\[interactions\]\][ \t]*+\r?$", re.MULTILINE)
_TOML_HOLDS = re.compile(rb"^\[interactions\.request\]", re.MULTILINE)
_OURS = re.compile(rb"""^["']?cassette["']?[ \t]*+:""", re.MULTILINE)


class ForeignUnreadable(CassetteUnreadable):
    """A recording of another tool that is broken; the file is left as it is."""


def looks_foreign(content: bytes) -> bool:
    """Whether what begins so is a recording of another tool, be it a broken one."""
    head = content[:REACH]
    if _JSON.match(head):
        if _JSON_LISTS.search(head):
            return True
        log = _JSON_LOG.search(head)
        return log is not None and _LOG_HOLDS.search(head, log.end()) is not None
    if _TOML.search(head):
        return _TOML_HOLDS.search(head) is not None
    listed = _YAML_LISTS.search(head)
    return (
        listed is not None
        and _YAML_HOLDS.search(head) is not None
        and not _OURS.search(head, 0, listed.start())
    )


def is_toml(text: str) -> bool:
    """Whether a text that looks like a recording is TOML."""
    return _TOML.search(text[:REACH].encode("utf-8", "replace")) is not None
