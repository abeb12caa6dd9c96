"""The one decision per request: let it pass, replay, record, refuse.

The law of this file: it is synchronous and pure, so sync and async interceptors share all of it;
deciding, matching and taking are one step under one lock; a refusal is raised *and* remembered,
because the code under test may catch it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from threading import RLock, current_thread
from typing import TYPE_CHECKING

from ..exceptions import ApiMockerError, CassetteUnreadable, UsageError
from . import explain
from .arrange import arrange
from .canonical import Canonical
from .cassette import Slot, Tape
from .counts import Counts
from .exchange import Exchange
from .head_text import flaw
from .hooked import hooked
from .likeness import nearest
from .looking_into import learn, looked_into
from .model import Interaction
from .modes import DECISIONS, Action, RecordMode, Situation
from .passthrough import authority, passes
from .redaction import Redactor
from .renumbering import numbers_of
from .unescaped import carries_placeholder
from .views import as_stored, as_wire, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .arrange import Arrangement
    from .cassette import Entry
    from .journal import Journal
    from .known_values import Known
    from .large_body import Spool
    from .model import Failure, Request, Response
    from .policy import Policy

__all__ = ["Engine"]


@dataclass(slots=True)
class Engine:
    """Decides for one cassette.

    ``tapes`` are searched in order; the first is the one that is written. ``existed`` says
    whether the file was there. ``name`` is how the cassette is called in error texts.
    """

    name: str
    tapes: Sequence[Tape]
    policy: Policy
    existed: bool
    now: Callable[[], datetime]
    counts: Counts = field(default_factory=Counts)
    sent: list[Request] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    refusals: list[ApiMockerError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    journal: Journal | None = None  # is told of what was recorded, as it happens
    room: Callable[[], Spool] | None = None  # where a body goes that is too large; None: it is held
    live: list[str] = field(default_factory=list)  # where requests went that passed untouched
    _redactor: Redactor = field(init=False)
    _told: list[Known] = field(default_factory=list)  # secrets that the code under test told
    _unknowing: Redactor | None = None
    _is_veiled: bool = False
    _open: dict[int, Exchange] = field(default_factory=dict)
    _events: int = 0
    _arranged: Arrangement | None = None
    _lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        self._redactor = Redactor(self.policy.rules)

    def open(self, request: Request, also: Callable[[], str] | None = None) -> Exchange | None:
        """The decision about one request; None lets it pass untouched.

        Raises UnmatchedRequest (or CassetteMissing) when nothing may answer it; `also` is what declared
        routes, which did not take it, add to the error.
        """
        if self.policy.passthrough and passes(request.url, self.policy.passthrough):
            self._live(request)
            return None
        with self._lock:
            self.sent.append(request)
            if self.policy.disabled:
                self._live(request)
                return None
            known = self._redactor.request(as_stored(request))
            live = Canonical(known, self.tapes[0].ignore)
            try:
                entry = self._take(live) or self._take_as_sent(request, known) or self._take_veiled(live)
            except ApiMockerError as error:  # a broken document shows when it is touched, and only then
                raise self._remember(error) from error.__cause__
            situation = self._situation(entry)
            match DECISIONS[self.policy.mode][situation]:
                case Action.REPLAY if entry is not None:
                    return self._replayed(request, entry, live)
                case Action.RECORD:
                    return self._recorded(request, entry, live)
                case _:
                    raise self._refused(live, situation, also)

    def forked(self) -> None:
        """What is left to do for the copy in a forked process: it replays; what it would record would end with it."""
        self.journal = None
        self._lock = RLock()  # another thread may have held it when the process was copied
        if self.policy.mode.records:
            reason = (
                "this process was forked while a cassette was recorded, and what it records would be lost"
            )
            wanted = self.policy.wanted or self.policy.mode
            self.policy = replace(self.policy, mode=RecordMode.NONE, wanted=wanted, forbidden=reason)

    @property
    def passthrough(self) -> tuple[str, ...]:
        """Hosts that are let through."""
        return self.policy.passthrough

    def _live(self, request: Request) -> None:
        self.counts.live += 1
        self.live.append(authority(request.url))

    def covered(self, request: Request) -> None:
        """A declared route answered this request: what was recorded for it is not unused."""
        with self._lock:
            self.sent.append(request)
            if self.policy.mode is not RecordMode.REWRITE:
                known = self._redactor.request(as_stored(request))
                self.tapes[0].cover(Canonical(known, self.tapes[0].ignore))

    def _take(self, live: Canonical) -> Entry | None:
        if self.policy.mode is RecordMode.REWRITE:
            return None
        if self.policy.mode is RecordMode.ALL:
            return self.tapes[0].take(live, again=False)  # a recording has one successor
        for again in (False, True):
            for tape in self.tapes:
                if entry := tape.take(live, again=again):
                    return entry
        return None

    def _take_as_sent(self, request: Request, known: Request) -> Entry | None:
        """As `_take`, with what is only known here to be secret left as it is.

        A recording from where it was not known (the variable was not set, say) has it in plain.
        """
        if not (self.policy.rules.values or self._told) or self.policy.mode is RecordMode.REWRITE:
            return None
        if self._unknowing is None:
            self._unknowing = Redactor(replace(self.policy.rules, values=()))
        plain = self._unknowing.request(as_stored(request))
        return None if plain == known else self._take(Canonical(plain, self.tapes[0].ignore))

    def _take_veiled(self, live: Canonical) -> Entry | None:
        """As `_take`, where what is a secret now was recorded in plain."""
        if not self.tapes[0].matching.numbered(live) or self.policy.mode is RecordMode.REWRITE:
            return None
        return self._take(live) if self._veil() else None

    def _veil(self) -> bool:
        """Whether there is more to be found, because it is compared as redaction leaves it from now on."""
        if self._is_veiled:
            return False
        self._is_veiled = True
        redact = self.fresh().request
        return sum(tape.veil(redact) for tape in self.tapes) > 0

    def fresh(self) -> Redactor:
        """What hides secrets, and has learnt none from what was sent here."""
        return Redactor(self.policy.rules, None, self._told)

    def redact(self, known: Known) -> None:
        """From now on, and in all that was recorded or said so far, this value is a secret."""
        with self._lock:
            if self._arranged is not None:
                raise UsageError(
                    f"redact() comes too late for {self.name}: what was recorded into it is settled. Call it "
                    f"while the cassette is open; what is in the file:  api-mocker cassette redact"
                )
            self._told.append(known)
            self._redactor.know(known)
            if self.journal is not None:
                self.journal.know(known)
            for slot in self.slots:
                slot.known = self._redactor.request(slot.known)
            self.notes = [self._redactor.text(note) for note in self.notes]
            for error in self.refusals:  # who caught one may still show it
                error.args = tuple(
                    self._redactor.text(said) if isinstance(said, str) else said for said in error.args
                )

    def _situation(self, entry: Entry | None) -> Situation:
        if entry is not None:
            return Situation.UNUSED
        return Situation.UNKNOWN if self.existed else Situation.ABSENT

    def _replayed(self, request: Request, entry: Entry, live: Canonical) -> Exchange:
        interaction = entry.interaction
        try:
            response = as_wire(interaction)
        except (ValueError, UsageError) as error:
            reason = f"the recorded body cannot be coded again: {error}"
            raise self._remember(CassetteUnreadable(reason, self.name, entry.line)) from None
        self.counts.replayed += 1
        truncated = response is not None and response.truncated
        left = partial(self._left_early, live, entry) if truncated else None
        failure = interaction.failure  # its message ends in an exception's, and that on a terminal
        shown = replace(failure, message=explain.printable(failure.message)) if failure else None
        return Exchange(request, response=response, failure=shown, left=left)

    def _left_early(self, live: Canonical, entry: Entry) -> ApiMockerError:
        return self._remember(explain.left_early(self._case(live), entry))

    def _recorded(self, request: Request, entry: Entry | None, live: Canonical) -> Exchange:
        texts: list[str | bytes] = [request.url, request.body, *(value for _, value in request.headers)]
        if any(carries_placeholder(text) for text in texts):
            raise self._remember(explain.placeholder_sent(self._case(live)))
        self._events += 1
        slot = Slot(request, live.request, self._events, current_thread(), entry)
        self.slots.append(slot)
        exchange = Exchange(request, outcome=partial(self._finished, slot), room=self.room)
        self._open[id(exchange)] = exchange
        return exchange

    def _finished(
        self, slot: Slot, exchange: Exchange, response: Response | None, failure: Failure | None
    ) -> None:
        with self._lock:
            self._open.pop(id(exchange), None)
            self._events += 1
            slot.ended = self._events
            note = ""
            if failure is not None and not self.policy.record_errors:
                note = explain.failure_not_recorded(slot.known.url, slot.known.method, failure)
            elif response is None and failure is None:
                note = explain.unanswered(slot.known)
            if note:
                self.notes.append(note)
                self._not_recorded(slot)
                return
            interaction = Interaction(slot.request, response, failure, self.now())
            # The next request may carry a secret that came here: it must go by the same name then.
            kept = stored(interaction)
            if lost := exchange.lost or learn(kept, self._redactor):
                self._remember(explain.not_kept(slot.known, lost))
                self._not_recorded(slot)
                return
            self.counts.recorded += 1
            slot.interaction = interaction
            if self.journal is not None and flaw(kept) is None:
                self.journal(looked_into(kept, self._redactor))

    def _not_recorded(self, slot: Slot) -> None:
        replaced, slot.replaces = slot.replaces, None
        if replaced is not None:  # who tries again asks for the same
            self.tapes[0].give_back(replaced)

    def _refused(
        self, live: Canonical, situation: Situation, also: Callable[[], str] | None
    ) -> ApiMockerError:
        try:
            return self._remember(self._why(live, situation, also))
        except ApiMockerError as error:  # what the request is compared with is broken, or its matcher is
            return self._remember(error)

    def _why(self, live: Canonical, situation: Situation, also: Callable[[], str] | None) -> ApiMockerError:
        self._veil()  # a recording may hold in plain what no error may show
        case = self._case(live, also() if also is not None else "")
        wanted = self.policy.wanted or self.policy.mode
        if DECISIONS[wanted][situation] is Action.RECORD:
            return explain.recording_forbidden(case, self.policy.forbidden, existed=self.existed)
        if situation is Situation.ABSENT and len(self.tapes) == 1:
            return explain.cassette_missing(case)
        played = [entry for tape in self.tapes for entry in tape.played_before(live)]
        if played:
            return explain.already_played(case, played)
        expected = self.tapes[0].in_turn() if self.tapes[0].order == "strict" else None
        return explain.not_recorded(case, nearest(self.tapes, live), expected)

    def _case(self, live: Canonical, also: str = "") -> explain.Case:
        tape = self.tapes[0]
        entries = tape.all()
        played = sum(1 for entry in entries if entry.plays)
        return explain.Case(live, self.name, self.policy.mode, len(entries), played, self.policy.advice, also)

    def _remember(self, error: ApiMockerError) -> ApiMockerError:
        self.counts.blocked += 1
        self.refusals.append(error)
        return error

    def entries(self) -> list[Entry]:
        """Every entry that the file held."""
        with self._lock:
            return self.tapes[0].all()

    def interactions(self) -> list[Interaction]:
        """What the file held and what was recorded so far, redacted; once settled, what it holds now."""
        with self._lock:
            if self._arranged is not None:
                return [
                    item if isinstance(item, Interaction) else item.interaction
                    for item in self._arranged.items
                ]
            new = [stored(slot.interaction) for slot in self.slots if slot.interaction is not None]
            return [entry.interaction for entry in self.entries()] + self._seal(new, self.entries())

    def close(self) -> None:
        """Ends what is still on its way: whatever was not read by now is not going to be."""
        with self._lock:
            waiting = list(self._open.values())
        for exchange in waiting:
            exchange.ended(truncated=True)

    def result(self) -> Arrangement:
        """What the cassette holds now: old entries that stay, and what was recorded, redacted.

        Asked for once: it runs the user's ``before_record``.
        """
        slots = [
            slot for slot in self.slots if slot.interaction is None or self._keeps(slot, slot.interaction)
        ]
        self._arranged = arrange(self.tapes[0], slots, self.policy.mode, self._seal)
        return self._arranged

    def _keeps(self, slot: Slot, interaction: Interaction) -> bool:
        """Whether the user's hook lets an interaction be kept, which may then be another one."""
        with self._lock:
            interaction = looked_into(stored(interaction), self._redactor)
        hook = self.policy.before_record
        kept = interaction if hook is None else hooked(hook, interaction)
        if kept is None:
            return False
        if (found := flaw(kept)) is not None:  # no cassette may hold it
            if kept is not interaction:
                raise UsageError(f"before_record returned an interaction that no wire carries: {found.text}")
            self.notes.append(explain.not_storable(slot.known, found.text))
            return False
        slot.interaction = replace(kept, recorded_at=kept.recorded_at or interaction.recorded_at)
        return True

    def _seal(self, interactions: Sequence[Interaction], beside: Sequence[Entry]) -> list[Interaction]:
        return Redactor(self.policy.rules, numbers_of(beside), self._told).seal(interactions)
