"""Where the traceback of a refused request ends: at the line of the user's that sent it.

The law of this file: what lies below, in the client library and in here, explains nothing.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

__all__ = ["end_at_users_code"]

_OTHERS = tuple(
    str(Path(folder).resolve())
    for folder in {
        *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")),
        str(Path(__file__).parent.parent),
    }
)


def end_at_users_code(error: BaseException) -> None:
    """Cuts the traceback behind the last frame that is neither a library's nor ours."""
    frame = error.__traceback__
    last = None
    while frame is not None:
        if not frame.tb_frame.f_code.co_filename.startswith(_OTHERS):
            last = frame
        frame = frame.tb_next
    if last is not None:
        last.tb_next = None
