"""What stands between the quotation marks of a JSON string: read, and written back.

The law of this file: reading never fails; what cannot be read is taken as it stands. What is written
is ASCII where ASCII stood.
"""

from __future__ import annotations

import json

__all__ = ["escaped", "unescaped"]


def unescaped(raw: str) -> str:
    """The text that the inside of a string spells."""
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw


def escaped(value: str, like: str) -> str:
    """The inside of a string that spells `value`, where `like` stood."""
    return json.dumps(value, ensure_ascii=like.isascii())[1:-1]
