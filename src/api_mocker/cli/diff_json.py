"""Differences of recordings as JSON, for programs.

The law of this file: it is what ``docs/schema/diff.schema.json`` says; a key is added, never changed.
Interactions are numbered from 1, as everywhere else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..maintain.compare import Change
    from ..maintain.details import Detail
    from ..maintain.diffing import FileDiff, Report

__all__ = ["diff_json"]


def diff_json(report: Report, *, noise: bool, stat: bool) -> str:
    """The report; with ``stat`` without the changes, with ``noise`` with those that mean nothing."""
    answer = {
        "diff": 1,
        "equal": not report.differs,
        "counts": report.counts,
        "files": [_file(file, noise=noise, stat=stat) for file in report.files],
        "folded": dict(report.folded),
        "others": report.strangers,
        "errors": report.errors,
    }
    return json.dumps(answer, indent=2)


def _file(file: FileDiff, *, noise: bool, stat: bool) -> dict[str, Any]:  # Any: JSON, here and below
    out: dict[str, Any] = {
        "path": file.path,
        "state": file.state,
        "before": file.before,
        "after": file.after,
        "equal": not file.differs,
        "counts": file.counts,
        "folded": dict(sorted(file.folded.items())),
    }
    if not stat:
        out["changes"] = _changes(file.comparison.changes)
    if noise and not stat:
        out["noise"] = _changes(file.comparison.noise)
    return out


def _changes(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [
        {
            "kind": change.kind,
            "moved": change.moved,
            "before": None if change.before is None else change.before + 1,
            "after": None if change.after is None else change.after + 1,
            "method": change.interaction.request.method,
            "url": change.interaction.request.url,
            "details": [_detail(detail) for detail in change.details],
        }
        for change in changes
    ]


def _detail(detail: Detail) -> dict[str, Any]:
    out: dict[str, Any] = {"where": detail.where, "before": detail.before, "after": detail.after}
    if detail.note:
        out["note"] = detail.note
    if detail.hunk:
        out["hunk"] = list(detail.hunk)
    return out
