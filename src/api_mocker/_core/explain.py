"""Every sentence that is shown to people.

The law of this file: what happened, where, what was nearest, how it differs, what to do next; and
nothing that redaction would hide: all requests that come here are redacted already.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..exceptions import (
    AlreadyPlayed,
    CassetteError,
    CassetteExpired,
    CassetteMissing,
    NotRecorded,
    RecordingForbidden,
    SwallowedRequests,
    UnusedInteractions,
)
from .age import in_days, spelled
from .modes import RecordMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from ..exceptions import ApiMockerError
    from .canonical import Canonical
    from .cassette import Entry
    from .differences import Difference
    from .likeness import Miss
    from .model import Failure, Request

__all__ = ["Case", "printable", "volatile", "volatile_form"]

_DIFFERENCES_SHOWN = 8
_VALUE_SHOWN = 120
_UNUSED_SHOWN = 20

# Control characters, line breaks that are none, marks that reorder text, and what no terminal can write.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_VOLATILE = {
    "a UUID": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE),
    "a time": re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"),
    "an epoch": re.compile(r"1[0-9]{9}(\.\d+)?|1[0-9]{12}|1[0-9]{15}|1[0-9]{18}"),
    "a hash": re.compile(r"(?=.*\d)(?=.*[a-f])[0-9a-f]{16,}", re.IGNORECASE),
    "a nonce": re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w+/=-]{16,}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """What is known when a request is refused."""

    live: Canonical
    cassette: str
    mode: RecordMode
    size: int
    played: int
    advice: str  # the command that records
    also: str = ""  # what declared routes say of it

    @property
    def line(self) -> str:
        """``POST https://pay.example.com/v1/charges``."""
        return _line(self.live.request)

    @property
    def context(self) -> str:
        """``cassette:``, its mode and how far it was played."""
        counts = f"{self.size} recorded, {self.played} played"
        return printable(f"  cassette: {self.cassette} (record mode {self.mode}, {counts})")

    def told(self, *lines: str) -> str:
        """The text of an error: the request, these lines, what declared routes say, and the last of these."""
        *first, last = lines
        return "\n".join(filter(None, [self.line, *first, self.also, last]))


def _line(request: Request) -> str:
    return printable(f"{request.method} {request.url}")


def printable(text: str) -> str:
    """The text with control characters made visible: what was recorded must not drive a terminal."""
    return _CONTROL.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _where(entry: Entry) -> str:
    return f"interaction {entry.number + 1}" + (f" (line {entry.line})" if entry.line else "")


def cassette_missing(case: Case) -> CassetteMissing:
    """Replaying was asked for, and there is no file."""
    missing = (
        f"  there is no cassette {printable(case.cassette)}, and record mode {case.mode} does not make one."
    )
    return CassetteMissing(case.told(missing, f"  To record it:  {case.advice}"), case.cassette)


def further_missing(path: str, beside: str) -> CassetteMissing:
    """A further cassette, which is only read, is not there."""
    return CassetteMissing(
        printable(f"there is no cassette {path}, which {beside} is to be played with"), path
    )


def nothing_rewritten(cassette: str) -> str:
    """Rewriting without a request: whether the cassette is to be empty, nobody can say."""
    return printable(
        f"{cassette} was to be rewritten, and nothing was requested: it is left as it was. "
        "Delete it if nothing is to be recorded any more"
    )


def not_recorded(case: Case, misses: Sequence[Miss], expected: Entry | None) -> NotRecorded:
    """The cassette holds other requests only."""
    waits = expected is not None and misses and not misses[0].differences
    state = "is recorded, and it is not its turn." if waits else "is not recorded."
    lines = [f"  {state}", case.context]
    if expected is not None:
        lines.append(f'  order="strict" expects next: {_where(expected)}: {_line(expected.shown)}')
    lines += _nearest(misses)
    return NotRecorded(case.told(*lines, f"  If the request is right, record it:  {case.advice}"))


def already_played(case: Case, played: Sequence[Entry]) -> AlreadyPlayed:
    """The cassette holds it, and it was asked for more often than it was recorded."""
    times = "once" if len(played) == 1 else f"{len(played)} times"
    where = ", ".join(_where(entry) for entry in played[:3])
    return AlreadyPlayed(
        case.told(
            f"  was recorded {times} ({where}) and has been played {times}; this is one request more.",
            case.context,
            '  If it may be repeated:  repeat="last" (the last answer again) or repeat="cycle" (from the first again)',
            f"  If the code is right to ask once more, record it:  {case.advice}",
        )
    )


def left_early(case: Case, entry: Entry) -> NotRecorded:
    """More of a body is asked for than its caller took when it was recorded."""
    response = entry.interaction.response
    size = response.size if response is not None else 0
    return NotRecorded(
        f"{case.line}\n  was answered by {_where(entry)}, whose body was left after {size} bytes when it was recorded, "
        f"and now is read on.\n{case.context}\n  To record more of it:  {case.advice}"
    )


def recording_forbidden(case: Case, reason: str, *, existed: bool) -> RecordingForbidden:
    """It would have been recorded, had recording not been forbidden."""
    what = "is not recorded" if existed else f"has no cassette yet ({printable(case.cassette)})"
    return RecordingForbidden(
        case.told(f"  {what}, and must not be recorded: {reason}.", f"  To record it:  {case.advice}")
    )


def placeholder_sent(case: Case) -> RecordingForbidden:
    """A replayed placeholder was about to be sent to the real service."""
    return RecordingForbidden(
        f"{case.line}\n  carries a placeholder of a redacted value: an earlier, replayed answer gave it out, and the "
        f"real service would not know it.\n{case.context}\n"
        "  Record the whole flow anew, so that every answer is a live one:  "
        + re.sub(r"--record-mode=\w+", "--record-mode=rewrite", case.advice)
    )


def _nearest(misses: Sequence[Miss]) -> list[str]:
    if not misses:
        return ["  The cassette is empty."]
    entry, differences = misses[0]
    state = f"played {entry.plays}x" if entry.plays else "not played yet"
    lines = [
        f"  nearest:  {_where(entry)}: {_line(entry.shown)}, {state}"
        + ("; it differs in" if differences else "")
    ]
    lines += [f"    {line}" for line in difference_lines(differences)]
    addresses = [difference.address for difference in differences if volatile(difference)]
    if differences and len(addresses) == len(differences):
        listed = ", ".join(json.dumps(address, ensure_ascii=False) for address in addresses)
        lines.append(
            printable(
                f"  These look different in every run. To leave them out of the comparison:  ignore = [{listed}]"
            )
        )
    lines += [f"  also near:  {_where(e)}: {_line(e.shown)} ({_aspects(d)})" for e, d in misses[1:]]
    return lines


def _aspects(differences: Sequence[Difference]) -> str:
    names = dict.fromkeys(" ".join(filter(None, [item.aspect, item.where])) for item in differences)
    shown = ", ".join([*names][:3])
    return printable(f"differs in {shown}{', ...' if len(names) > 3 else ''}") if names else "the same"


def difference_lines(differences: Sequence[Difference], there: str = "recorded") -> Iterable[str]:
    """One line per differing thing, the first few; `there` is what the other side was."""
    for difference in differences[:_DIFFERENCES_SHOWN]:
        place = f"{difference.aspect} {difference.where}".strip()
        if difference.sent is None and difference.recorded is None:
            yield printable(f"{place}: {difference.note}")
            continue
        sent = "not sent" if difference.sent is None else f"sent {_cut(difference.sent)}"
        recorded = f"not {there}" if difference.recorded is None else f"{there} {_cut(difference.recorded)}"
        note = f" ({difference.note})" if difference.note else ""
        yield printable(f"{place}: {sent}, {recorded}{note}")
    if len(differences) > _DIFFERENCES_SHOWN:
        yield f"... and {len(differences) - _DIFFERENCES_SHOWN} more"


def _cut(value: str) -> str:
    return value if len(value) <= _VALUE_SHOWN else f"{value[: _VALUE_SHOWN - 4]} ..."


def volatile(difference: Difference) -> bool:
    """Whether both values look as if they were made anew in each run: UUIDs, times, hashes, nonces."""
    if not difference.address or difference.sent is None or difference.recorded is None:
        return False
    sent, recorded = (value.strip("'\"") for value in (difference.sent, difference.recorded))
    return any(form.fullmatch(sent) and form.fullmatch(recorded) for form in _VOLATILE.values())


def volatile_form(value: str) -> str | None:
    """``a UUID``, ``a time``, ...: what a value looks like that is made anew in each run; None for any other."""
    return next((name for name, form in _VOLATILE.items() if form.fullmatch(value)), None)


def unanswered(request: Request) -> str:
    """A live request was given up before its answer came, so there is nothing to record."""
    return f"{_line(request)} was given up while recording, before its answer came, and was not kept"


def failure_not_recorded(url: str, method: str, failure: Failure) -> str:
    """A live request failed, and failures are not recorded unless asked for."""
    return printable(
        f"{method} {url} failed while recording ({failure.kind}) and was not kept; "
        f"record_errors = true records failures"
    )


def not_storable(request: Request, what: str) -> str:
    """What came live is nothing that a cassette may hold."""
    return printable(
        f"{_line(request)} was answered with what no cassette may hold, and was not kept: {what}"
    )


def unused_interactions(cassette: str, entries: Sequence[Entry], advice: str) -> UnusedInteractions:
    """Recorded interactions that nobody asked for."""
    count = (
        "1 recorded interaction was" if len(entries) == 1 else f"{len(entries)} recorded interactions were"
    )
    lines = [printable(f"{count} never asked for: {cassette}")]
    lines += [f"  {_where(entry)}: {_line(entry.shown)}" for entry in entries[:_UNUSED_SHOWN]]
    if len(entries) > _UNUSED_SHOWN:
        lines.append(f"  ... and {len(entries) - _UNUSED_SHOWN} more")
    lines.append(f"  If the code is right not to ask, record again:  {advice}")
    if "pytest" in advice:
        lines.append("  Or drop it, after a run of all tests:  api-mocker cassette prune --write")
    lines.append('  If it may go unused:  unused="warn" or unused="ignore"')
    return UnusedInteractions("\n".join(lines))


def expired(
    cassette: str, entries: Sequence[Entry], now: datetime, limit: timedelta, advice: str
) -> CassetteExpired:
    """Recordings that were played and are older than they may be."""
    ages = {entry: now - entry.interaction.recorded_at for entry in entries if entry.interaction.recorded_at}
    oldest = max(ages, key=lambda entry: ages[entry])
    count = "1 interaction that was" if len(entries) == 1 else f"{len(entries)} interactions that were"
    return CassetteExpired(
        printable(
            f"{count} played here may be out of date (max_age = {spelled(limit)}): {cassette}\n"
            f"  the oldest: {_where(oldest)}: {_line(oldest.shown)}, "
            f"recorded {in_days(ages[oldest])} ago\n"
            f"  To record anew:  {advice}"
        )
    )


def not_kept(request: Request, error: ApiMockerError) -> CassetteError:
    """A body found no room; who asked for it got all of it."""
    return CassetteError(f"{_line(request)} is not recorded: {printable(str(error))}")


def swallowed(refusals: Sequence[ApiMockerError]) -> ApiMockerError:
    """Refusals that the code under test caught, and what could not be recorded without its noticing."""
    texts = "\n".join(str(error) for error in refusals)
    if all(type(error) is CassetteError for error in refusals):
        return CassetteError(texts)
    count = "A request was" if len(refusals) == 1 else f"{len(refusals)} requests were"
    return SwallowedRequests(f"{count} refused, and the code under test caught the error:\n{texts}", refusals)
