"""What ``check`` and ``migrate`` print: a line for each thing, as compilers do, and what to do below it.

The law of this file: a line begins with file and line, so that editors jump there; the JSON form has
the same, and more.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.text import Text

from .._core.explain import printable
from .terminal import counted, path_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ..maintain.check import Report
    from ..maintain.migrate import Migration

__all__ = ["check", "check_json", "kept_on_purpose", "migrate", "migrate_json"]


def check(console: Console, report: Report, kept: Sequence[str] = ()) -> None:
    """The findings, and how many there are; `kept` are places where secrets are not looked for."""
    for finding in report.findings:
        place = path_text(finding.path) + (f":{finding.line}" if finding.line else "")
        number = f" (interaction {finding.interaction})" if finding.interaction else ""
        console.print(
            Text.assemble((f"{place}: ", "bold"), (finding.rule, "red"), number, ": ", finding.text)
        )
        for line in finding.remedy.splitlines():
            console.print(Text(f"    {line}", "dim"))
    total = counted(report.checked, "cassette")
    if report.findings:
        files = len({finding.path for finding in report.findings})
        console.print(f"{counted(len(report.findings), 'finding')} in {files} of {total}")
    else:
        console.print(f"{total}, nothing wrong")
    if kept:
        console.print(Text(kept_on_purpose(kept), "yellow"))


def kept_on_purpose(kept: Sequence[str]) -> str:
    """Says at which places nothing is hidden for its name or its form."""
    return printable(f"shown on purpose (redact.keep): {', '.join(kept)}")


def check_json(report: Report, kept: Sequence[str] = ()) -> str:
    """The same as JSON."""
    findings = [
        {
            "rule": finding.rule,
            "path": finding.path.as_posix(),
            "line": finding.line,
            "interaction": finding.interaction,
            "text": finding.text,
            "remedy": finding.remedy,
        }
        for finding in report.findings
    ]
    others = [path.as_posix() for path in report.others]
    found = {"checked": report.checked, "findings": findings, "others": others}
    return json.dumps({**found, "kept": [*kept]} if kept else found, indent=2)


def migrate(console: Console, done: Sequence[Migration], newest: int, checked: int, *, wrote: bool) -> None:
    """Which files are (or would be) of another version."""
    for one in done:
        changed = f"{one.changed} of {counted(one.interactions, 'interaction')}"
        console.print(
            Text.assemble(
                (f"{path_text(one.path)}: ", "bold"),
                f"version {one.version} {'is now' if wrote else 'would become'} {newest}, {changed} written anew",
            )
        )
    left = checked - len(done)
    if left or not done:
        console.print(
            f"{counted(left, 'cassette')} of version {newest} left as {'it is' if left == 1 else 'they are'}"
        )


def migrate_json(
    done: Sequence[Migration], newest: int, checked: int, others: Sequence[str], *, wrote: bool
) -> str:
    """The same as JSON."""
    migrated = [
        {
            "path": one.path.as_posix(),
            "version": one.version,
            "interactions": one.interactions,
            "changed": one.changed,
        }
        for one in done
    ]
    found = {
        "version": newest,
        "checked": checked,
        "written": wrote,
        "migrated": migrated,
        "others": [*others],
    }
    return json.dumps(found, indent=2)
