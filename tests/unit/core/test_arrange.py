"""What a cassette holds after recording: nothing lost, nothing doubled, only real changes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.made import answer, headers, recording, request, tape

from api_mocker._core.arrange import Arrangement, arrange
from api_mocker._core.cassette import Entry, Slot
from api_mocker._core.model import Interaction, Request, Response
from api_mocker._core.modes import RecordMode
from api_mocker._core.redaction import Redactor, Rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api_mocker._core.cassette import Tape

THREADS = [Thread(name=f"t{number}") for number in range(3)]
REWRITE, ALL, NEW = RecordMode.REWRITE, RecordMode.ALL, RecordMode.NEW_EPISODES


def seal(interactions: Sequence[Interaction], _: Sequence[Entry]) -> list[Interaction]:
    return Redactor(Rules.default()).seal(interactions)


@dataclass
class Clock:
    """Slots one after the other, or overlapping."""

    now: int = 0

    def slot(
        self, item: Interaction, *, thread: int = 0, ends: int | None = None, lost: bool = False
    ) -> Slot:
        """A slot that begins now, and ends now too, or `ends` events later."""
        self.now += 1
        begun = self.now
        self.now += ends is None
        return Slot(
            item.request,
            seal([item], [])[0].request,
            begun,
            THREADS[thread],
            None,
            None if lost else item,
            self.now if ends is None else begun + ends,
        )


def in_turn(*items: Interaction, thread: int = 0) -> list[Slot]:
    clock = Clock()
    return [clock.slot(item, thread=thread) for item in items]


def replacing(played: Tape, slots: Sequence[Slot]) -> list[Slot]:
    """The slots as mode all makes them: each takes the place of the recording that matches."""
    from api_mocker._core.canonical import Canonical

    for slot in slots:
        slot.replaces = played.take(Canonical(slot.known, played.ignore), again=False)
    return [*slots]


def item(path: str, text: str = "", **fields: str) -> Interaction:
    return recording(request(f"https://h/{path}"), answer(json.dumps({"text": text}), 200, **fields))


def held(arrangement: Arrangement) -> list[Interaction]:
    return [found.interaction if isinstance(found, Entry) else found for found in arrangement.items]


def old(arrangement: Arrangement) -> list[int | None]:
    """For each place the number of the old entry that stays there, None where a text is new."""
    return [found.number if isinstance(found, Entry) else None for found in arrangement.items]


def counts(arrangement: Arrangement) -> tuple[int, int, int]:
    return arrangement.added, arrangement.changed, arrangement.removed


@pytest.mark.parametrize("mode", [REWRITE, ALL])
def test_an_unchanged_re_recording_keeps_every_entry(mode: RecordMode) -> None:
    """Where only noise changed, each old text stays, and the file need not be written."""
    items = [item("a", date="1"), item("b", X_Request_Id="abcdefgh"), item("a", "2")]
    again = [item("a", date="2"), item("b", X_Request_Id="ijklmnop"), item("a", "2")]
    played = tape(items)
    slots = in_turn(*again)
    found = arrange(played, replacing(played, slots) if mode is ALL else slots, mode, seal)
    assert old(found) == [0, 1, 2]
    assert counts(found) == (0, 0, 0)
    assert not found.differs


def test_rewrite_counts() -> None:
    """rewrite keeps what means the same, takes what changed, adds what is new and drops what nobody asked for."""
    played = tape([item("same"), item("changed", "1"), item("gone")])
    found = arrange(played, in_turn(item("same"), item("new"), item("changed", "2")), REWRITE, seal)
    assert old(found) == [0, None, None]
    assert [entry.request.url for entry in held(found)] == [
        "https://h/same",
        "https://h/new",
        "https://h/changed",
    ]
    assert counts(found) == (1, 1, 1)
    assert found.differs


def test_all_counts() -> None:
    """all puts the new in the place of the old, keeps what nobody asked for, and appends."""
    played = tape([item("same"), item("changed", "1"), item("unasked")])
    slots = replacing(played, in_turn(item("new"), item("changed", "2"), item("same")))
    found = arrange(played, slots, ALL, seal)
    assert old(found) == [0, None, 2, None]
    assert held(found)[1].response == item("changed", "2").response
    assert held(found)[3].request.url == "https://h/new"
    assert counts(found) == (1, 1, 0)


def test_new_episodes_counts() -> None:
    """new_episodes keeps every old text and appends."""
    played = tape([item("a"), item("b")])
    found = arrange(played, in_turn(item("c"), item("d")), NEW, seal)
    assert old(found) == [0, 1, None, None]
    assert counts(found) == (2, 0, 0)


def test_a_moved_interaction_is_a_change() -> None:
    """Another order of sequential requests is written, though each text stays."""
    found = arrange(tape([item("a"), item("b")]), in_turn(item("b"), item("a")), REWRITE, seal)
    assert old(found) == [1, 0]
    assert found.differs


def test_equal_requests_take_the_text_of_the_same_meaning() -> None:
    """Of several recordings of one request, the one with the same answer is the one that stays."""
    played = tape([item("poll", "queued"), item("poll", "done")])
    found = arrange(played, in_turn(item("poll", "done")), REWRITE, seal)
    assert old(found) == [1]
    assert counts(found) == (0, 0, 1)


def test_a_request_that_was_not_answered_keeps_its_recording() -> None:
    """rewrite with a dead network loses nothing: what was sent and failed stays as it was recorded."""
    played = tape([item("a"), item("b"), item("gone")])
    clock = Clock()
    slots = [clock.slot(item("a", "2")), clock.slot(item("b"), lost=True), clock.slot(item("c"), lost=True)]
    found = arrange(played, slots, REWRITE, seal)
    assert old(found) == [None, 1]
    assert counts(found) == (0, 1, 1)


def test_a_network_that_is_wholly_dead_changes_nothing() -> None:
    """rewrite in which every request failed leaves the file as it is."""
    played = tape([item("a"), item("b")])
    clock = Clock()
    found = arrange(played, [clock.slot(one, lost=True) for one in (item("a"), item("b"))], REWRITE, seal)
    assert old(found) == [0, 1]
    assert not found.differs


def test_a_retry_takes_the_place_of_what_failed() -> None:
    """A request that failed first and was answered then is one interaction, not two."""
    clock = Clock()
    slots = [clock.slot(item("a"), lost=True), clock.slot(item("a", "2"))]
    found = arrange(tape([item("a", "1")]), slots, REWRITE, seal)
    assert [one.response for one in held(found)] == [item("a", "2").response]
    assert counts(found) == (0, 1, 0)


def test_noise_that_a_changed_request_relies_on_is_taken() -> None:
    """A new ETag stays out of the file, unless a request that is written anew sends it."""
    items = [
        item("a", etag='"v1-aaaa"'),
        recording(request("https://h/a", if_none_match='"v1-aaaa"'), Response(304)),
    ]
    again = [
        item("a", etag='"v2-bbbb"'),
        recording(request("https://h/a", if_none_match='"v2-bbbb"'), Response(304)),
    ]
    found = arrange(tape(items), in_turn(*again), REWRITE, seal)
    assert old(found) == [None, None]
    assert [one.response and one.response.headers.get("etag") for one in held(found)] == ['"v2-bbbb"', None]
    unused = arrange(tape(items[:1]), in_turn(again[0]), REWRITE, seal)
    assert old(unused) == [0]


def test_noise_is_followed_along_a_chain() -> None:
    """What a text relies on that is itself only taken for its noise is taken as well."""

    def chain(run: str, end: str) -> list[Interaction]:
        return [
            item("a", X_Request_Id=f"first-{run}"),
            item(f"b?ts=first-{run}", X_Request_Id=f"second-{run}"),
            item(f"c?ts=second-{run}", end),
        ]

    played = tape(chain("1", "x"), ignore=["query:ts"])
    assert old(arrange(played, in_turn(*chain("2", "x")), REWRITE, seal)) == [0, 1, 2]
    played = tape(chain("1", "x"), ignore=["query:ts"])
    assert old(arrange(played, in_turn(*chain("2", "y")), REWRITE, seal)) == [None, None, None]


def login(user: str, token: str) -> Interaction:
    return recording(
        request("https://h/login", json.dumps({"user": user})), answer(json.dumps({"token": token}))
    )


def refresh(token: str, text: str = "") -> Interaction:
    asked = request("https://h/refresh", json.dumps({"token": token}), content_type="application/json")
    return recording(asked, answer(json.dumps({"text": text})))


def tokens(found: Arrangement) -> list[str]:
    """The one placeholder of each interaction."""
    texts = [one.request.text + (one.response.text if one.response else "") for one in held(found)]
    return ["<redacted:" + text.split("<redacted:")[1].split(">")[0] + ">" for text in texts]


@pytest.mark.parametrize("mode", [REWRITE, ALL])
def test_one_number_is_one_value(mode: RecordMode) -> None:
    """A secret that is new at the beginning does not take a number that an old text gives to another one."""
    a, b, c = "secret-token-aaaa", "secret-token-bbbb", "secret-token-cccc"
    played = tape(seal([login("a", a), login("b", b), refresh(a, "1"), refresh(b, "1")], []))
    slots = in_turn(login("c", c), login("a", a), login("b", b), refresh(c), refresh(a, "1"), refresh(b, "2"))
    found = arrange(played, replacing(played, slots) if mode is ALL else slots, mode, seal)
    by_name = {
        json.loads(one.request.body).get("user", f"refresh {one.response and one.response.text}"): token
        for one, token in zip(held(found), tokens(found), strict=True)
    }
    assert by_name["a"] == by_name['refresh {"text": "1"}']
    assert by_name["b"] == by_name['refresh {"text": "2"}']
    assert by_name["c"] == by_name['refresh {"text": ""}']
    assert len({by_name["a"], by_name["b"], by_name["c"]}) == 3


def test_concurrent_requests_keep_the_old_order() -> None:
    """Requests that overlapped, or left from different threads, do not shuffle the file."""
    played = tape([item("a"), item("b"), item("c")])
    clock = Clock()
    slots = [clock.slot(item(name), ends=10) for name in "cab"]
    assert old(arrange(played, slots, REWRITE, seal)) == [0, 1, 2]
    played = tape([item("a"), item("b"), item("c")])
    clock = Clock()
    slots = [clock.slot(item(name), thread=thread) for thread, name in enumerate("cab")]
    assert not arrange(played, slots, REWRITE, seal).differs


def test_strict_order_is_the_order_of_departure() -> None:
    """With order="strict" nothing is moved: departure is what is demanded on replay."""
    played = tape([item("a"), item("b")], order="strict")
    clock = Clock()
    found = arrange(played, [clock.slot(item(name), ends=10) for name in "ba"], REWRITE, seal)
    assert old(found) == [1, 0]


def test_polling_beside_a_long_request_keeps_its_order() -> None:
    """Equal requests that did not overlap keep their order, whatever else was on its way and in whichever thread."""
    played = tape([item("poll", "pending"), item("poll", "done"), item("stream")])
    clock = Clock()
    slots = [
        clock.slot(item("stream"), ends=100),
        clock.slot(item("poll", "queued"), thread=1),
        clock.slot(item("poll", "pending"), thread=2),
        clock.slot(item("poll", "done"), thread=1),
    ]
    found = arrange(played, slots, REWRITE, seal)
    polls = [one.response.text for one in held(found) if one.response and "poll" in one.request.url]
    assert [json.loads(text)["text"] for text in polls] == ["queued", "pending", "done"]
    assert Counter(old(found)) == Counter([None, 0, 1, 2])


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[Interaction], list[Slot]]:
    """An old file, and slots of a new run that overlap anyhow; each answer is one of its own."""
    urls = st.sampled_from(["a", "b", "c"])
    before = [item(url, str(draw(st.integers(0, 3)))) for url in draw(st.lists(urls, max_size=6))]
    slots = []
    for number, url in enumerate(draw(st.lists(urls, max_size=8))):
        answered = item(url, str(draw(st.integers(0, 3))), X_Mark=str(number))
        lost = draw(st.integers(0, 5)) == 0
        thread = draw(st.integers(0, 2))
        ended = draw(st.none() | st.integers(number + 1, 12))
        ends = None if ended is None else 2 * ended
        slots.append(
            Slot(answered.request, answered.request, 2 * number + 1, THREADS[thread], None, answered, ends)
        )
        if lost:
            slots[-1].interaction = None
    return before, slots


def mark(interaction: Interaction) -> str | None:
    return interaction.response.headers.get("X-Mark") if interaction.response else None


@settings(deadline=None)
@given(runs())
def test_nothing_is_lost_and_nothing_doubled(run: tuple[list[Interaction], list[Slot]]) -> None:
    """Whatever overlaps and fails: each answered request is there once, each old entry at most once."""
    before, slots = run
    found = arrange(tape(before), slots, REWRITE, seal)
    recorded = [slot.interaction for slot in slots if slot.interaction is not None]
    assert Counter(mark(one) for one in held(found) if mark(one)) == Counter(map(mark, recorded))
    stayed = [number for number in old(found) if number is not None]
    assert len(stayed) == len(set(stayed))
    assert found.added + len(before) == len(found.items) + found.removed


@settings(deadline=None)
@given(runs())
def test_in_every_order_the_threads_stay_in_theirs(run: tuple[list[Interaction], list[Slot]]) -> None:
    """Each thread's bursts, and equal requests of which one was over when the other left, keep their order."""
    before, slots = run
    answered = [slot for slot in slots if slot.interaction is not None]
    found = [mark(one) for one in held(arrange(tape(before), answered, REWRITE, seal))]
    place = {name: at for at, name in enumerate(found)}
    bursts, busy = [0], -1.0
    for slot in answered:
        bursts.append(bursts[-1] + (slot.started > busy))
        busy = max(busy, float("inf") if slot.ended is None else slot.ended)
    for j, later in enumerate(answered):
        for i, earlier in enumerate(answered[:j]):
            in_thread = earlier.thread is later.thread and bursts[i + 1] < bursts[j + 1]
            over = earlier.ended is not None and earlier.ended < later.started
            if in_thread or (over and earlier.request == later.request):
                assert earlier.interaction is not None
                assert later.interaction is not None
                assert place[mark(earlier.interaction)] < place[mark(later.interaction)]


@settings(deadline=None)
@given(runs())
def test_recording_the_same_again_changes_nothing(run: tuple[list[Interaction], list[Slot]]) -> None:
    """Recording a run a second time, overlapping as before, keeps every entry and the order."""
    before, slots = run
    first = held(arrange(tape(before), slots, REWRITE, seal))
    again = arrange(tape(first), [replace(slot) for slot in slots], REWRITE, seal)
    lost = {slot.request.url for slot in slots if slot.interaction is None}
    if not lost:
        assert old(again) == [*range(len(first))]
        assert not again.differs


def test_a_truncated_or_failed_answer_is_another_meaning() -> None:
    """A stream that was left at another place, or an answer that broke off, is a change."""
    cut = replace(item("a", "1"), response=replace(answer("abc", content_type="text/plain"), truncated=True))
    further = replace(cut, response=replace(answer("abcd", content_type="text/plain"), truncated=True))
    assert counts(arrange(tape([cut]), in_turn(further), REWRITE, seal)) == (0, 1, 0)
    assert counts(arrange(tape([cut]), in_turn(cut), REWRITE, seal)) == (0, 0, 0)


def test_the_noise_of_a_request_that_is_ignored_is_no_change() -> None:
    """What `ignore` leaves out of matching is left out of what counts as a change."""
    asked = [Request("GET", "https://h/?ts=1", headers()), Request("GET", "https://h/?ts=2", headers())]
    played = tape([recording(asked[0])], ignore=["query:ts"])
    assert old(arrange(played, in_turn(recording(asked[1])), REWRITE, seal)) == [0]
