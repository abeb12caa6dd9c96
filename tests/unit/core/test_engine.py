"""The engine: one decision per request; what was live is recorded, or said to be missing."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from dataclasses import replace
from threading import Barrier, Thread
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.unit.core.made import (
    MOMENT,
    answer,
    canonical,
    engine,
    entries,
    live,
    recording,
    request,
    tape,
)

from api_mocker._core import coding
from api_mocker._core.canonical import Ignore
from api_mocker._core.cassette import Entry, Tape
from api_mocker._core.exchange import Exchange
from api_mocker._core.matching import DEFAULT, Matching
from api_mocker._core.model import Coding, Failure, Headers, Interaction, Request, Response
from api_mocker._core.modes import DECISIONS, Action, RecordMode, Situation
from api_mocker._core.passthrough import passes
from api_mocker._core.views import as_wire
from api_mocker.exceptions import (
    ApiMockerError,
    CassetteUnreadable,
    NotRecorded,
    RecordingForbidden,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api_mocker._core.engine import Engine

A, B = request("https://h/a"), request("https://h/b")


def recorded(opened: Engine) -> list[Interaction]:
    """What the cassette would hold now."""
    return [item.interaction if isinstance(item, Entry) else item for item in opened.result().items]


@pytest.mark.parametrize("mode", RecordMode)
@pytest.mark.parametrize("situation", Situation)
def test_the_table_is_what_is_done(mode: RecordMode, situation: Situation) -> None:
    """In each mode and situation the engine does what the table says."""
    absent = situation is Situation.ABSENT
    opened = engine(None if absent else tape([A if situation is Situation.UNUSED else B]), mode)
    refusals: list[ApiMockerError] = []
    try:
        exchange = opened.open(A)
        assert exchange is not None
        done = Action.RECORD if exchange.live else Action.REPLAY
    except ApiMockerError as error:
        done = Action.REFUSE
        refusals.append(error)
    assert (opened.refusals, opened.counts.blocked) == (refusals, len(refusals))
    assert done is DECISIONS[mode][situation]
    assert opened.sent == [A]


def test_replay_serves_what_was_recorded() -> None:
    """A replayed exchange is not live, and has the answer or the failure, or both."""
    broken = Interaction(B, answer("abc", 200, content_type="text/plain"), Failure("closed_early"), MOMENT)
    opened = engine(tape([recording(A, answer("{}", 201)), recording(A, Failure("dns", "gone")), broken]))
    first, second, third = (opened.open(asked) for asked in (A, A, B))
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.live, first.response, first.failure) == (False, answer("{}", 201), None)
    assert (second.live, second.response, second.failure) == (False, None, Failure("dns", "gone"))
    assert (third.response, third.failure) == (broken.response, broken.failure)
    assert opened.counts.replayed == 3


def test_a_live_exchange_is_recorded() -> None:
    """What came back is recorded with its request, redacted and dated, in the order of departure."""
    opened = engine(None, "once")
    first, second = opened.open(A), opened.open(request("https://h/b?token=abcdefgh12345678"))
    live(second, answer('{"n":2}'))
    live(first, answer('{"n":1}'))
    found = recorded(opened)
    assert [one.request.url for one in found] == ["https://h/a", "https://h/b?token=<redacted:token:1>"]
    assert [one.response and one.response.body for one in found] == [b'{"n":1}', b'{"n":2}']
    assert all(one.recorded_at for one in found)
    assert opened.counts.recorded == 2


def test_all_replaces_each_recording_once() -> None:
    """In mode all a recording has one successor, whatever `repeat` says: what is asked more often is added."""
    for repeat in ("last", "cycle"):
        opened = engine(tape([recording(A, answer('{"n":0}'))], repeat=repeat), "all")
        for number in range(1, 4):
            live(opened.open(A), answer(f'{{"n":{number}}}'))
        assert [one.response and one.response.json() for one in recorded(opened)] == [
            {"n": 1},
            {"n": 2},
            {"n": 3},
        ]


def test_further_tapes_answer_after_the_first() -> None:
    """A further cassette answers what the first does not, and before the first answers a second time."""
    first, further = (
        tape([recording(A, answer("1"))], repeat="last"),
        tape([recording(A, answer("2"))], repeat="last"),
    )
    opened = engine(first, extra=[further])
    bodies = [
        exchange.response.body for exchange in map(opened.open, [A, A, A]) if exchange and exchange.response
    ]
    assert bodies == [b"1", b"2", b"1"]


def test_a_missing_cassette_with_further_ones() -> None:
    """Where further cassettes are there, a request that none holds is not recorded, rather than a file missing."""
    opened = engine(None, extra=[tape([A])])
    assert opened.open(A) is not None
    with pytest.raises(NotRecorded):
        opened.open(B)


def test_failures_are_recorded_or_named() -> None:
    """With record_errors a failure is an interaction; without, it is a note and nothing is kept."""
    opened = engine(None, "once", record_errors=True)
    exchange = opened.open(A)
    assert exchange is not None
    exchange.failed(Failure("refused", "nobody there"))
    assert recorded(opened)[0].failure == Failure("refused", "nobody there")
    assert opened.notes == []

    opened = engine(None, "once")
    exchange = opened.open(A)
    assert exchange is not None
    exchange.failed(Failure("refused", "nobody there"))
    assert recorded(opened) == []
    assert len(opened.notes) == 1
    assert "https://h/a failed while recording (refused)" in opened.notes[0]


@pytest.mark.parametrize("order", ["any", "strict"])
@pytest.mark.parametrize("end", ["failed", "given up"])
def test_an_attempt_that_came_to_nothing_gives_its_recording_back(order: str, end: str) -> None:
    """In mode all the next attempt replaces the recording, and what comes after it its own; nothing doubles."""
    opened = engine(tape([recording(A), recording(B)], order=order), "all")
    exchange = opened.open(A)
    assert exchange is not None
    if end == "failed":
        exchange.failed(Failure("reset"))
    else:
        exchange.ended(truncated=True)
    live(opened.open(A), answer('{"n":1}'))
    live(opened.open(B), answer('{"n":2}'))
    assert [(one.request.url, one.response and one.response.body) for one in recorded(opened)] == [
        (A.url, b'{"n":1}'),
        (B.url, b'{"n":2}'),
    ]
    assert opened.tapes[0].unused() == []


def test_what_was_asked_for_in_vain_is_not_called_unused() -> None:
    """A recording whose request was made and never answered stays, and was asked for all the same."""
    opened = engine(tape([recording(A), recording(B)]), "all")
    exchange = opened.open(A)
    assert exchange is not None
    exchange.failed(Failure("reset"))
    assert [entry.interaction.request for entry in opened.tapes[0].unused()] == [B]
    assert [one.request for one in recorded(opened)] == [A, B]


def test_a_failure_within_the_body_keeps_what_came() -> None:
    """A stream that breaks off is recorded with what came of it, and the failure."""
    opened = engine(None, "once", record_errors=True)
    exchange = opened.open(A)
    assert exchange is not None
    exchange.began(Response(200))
    exchange.data(b"ab")
    exchange.data(b"c")
    exchange.failed(Failure("closed_early"))
    (found,) = recorded(opened)
    assert found.response is not None
    assert (found.response.body, found.failure) == (b"abc", Failure("closed_early"))


def test_what_is_open_at_the_end_is_ended() -> None:
    """A stream that is still being read when the cassette closes is truncated; a request without answer is named."""
    opened = engine(None, "once")
    stream, silent = opened.open(A), opened.open(B)
    assert stream is not None
    assert silent is not None
    stream.began(Response(200))
    stream.data(b"first")
    opened.close()
    stream.data(b"late")
    stream.ended()
    (found,) = recorded(opened)
    assert found.response is not None
    assert (found.response.body, found.response.truncated) == (b"first", True)
    assert ["https://h/b was given up" in note for note in opened.notes] == [True]
    assert opened.counts.recorded == 1


def test_only_the_first_end_counts() -> None:
    """An exchange ends once, however many layers of a client report it."""
    outcomes: list[Exchange] = []
    exchange = Exchange(A, outcome=lambda ended, response, failure: outcomes.append(ended))
    exchange.began(Response(200))
    exchange.data(b"")
    exchange.ended()
    exchange.ended(truncated=True)
    exchange.failed(Failure("reset"))
    exchange.data(b"late")
    assert outcomes == [exchange]


def test_eight_threads_lose_nothing() -> None:
    """Eight threads at once: each request is recorded once with its own answer, and replayed once."""
    opened = engine(None, "once")
    each(lambda thread, number: talk(opened, thread, number))
    found = recorded(opened)
    assert Counter(one.request.url for one in found) == Counter(
        name(thread, n) for thread in range(8) for n in range(20)
    )
    assert all(one.response and one.response.json() == one.request.url for one in found)

    again = engine(tape(found))
    seen: list[tuple[str, object]] = []
    each(lambda thread, number: seen.append((name(thread, number), served(again, name(thread, number)))))
    assert len(seen) == 160
    assert all(url == body for url, body in seen)
    assert again.entries() == [entry for entry in again.entries() if entry.plays == 1]


def test_eight_threads_share_equal_requests() -> None:
    """Equal requests of eight threads: every recording is played exactly once, and the one too many is refused."""
    opened = engine(tape([recording(A, answer(str(number))) for number in range(160)]))
    seen: list[object] = []
    each(lambda thread, number: seen.append(served(opened, A.url)))
    assert sorted(seen, key=str) == sorted(range(160), key=str)
    with pytest.raises(ApiMockerError):
        opened.open(A)


def name(thread: int, number: int) -> str:
    return f"https://h/{thread}/{number}"


def talk(opened: Engine, thread: int, number: int) -> None:
    live(opened.open(request(name(thread, number))), answer(json.dumps(name(thread, number))))


def served(opened: Engine, url: str) -> object:
    exchange = opened.open(request(url))
    assert exchange is not None
    assert exchange.response is not None
    return exchange.response.json()


def each(act: Callable[[int, int], object]) -> None:
    """Eight threads, twenty times each, begun together; what one raises is raised here."""
    barrier, errors = Barrier(8), []

    def run(thread: int) -> None:
        try:
            barrier.wait()
            for number in range(20):
                act(thread, number)
        except Exception as error:
            errors.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_before_record_sees_what_would_be_stored() -> None:
    """The hook gets each interaction once, decoded and not yet redacted, and only when the recording is over."""
    seen: list[Interaction] = []

    def hook(interaction: Interaction) -> Interaction:
        seen.append(interaction)
        return interaction

    opened = engine(None, "once", before_record=hook)
    coded = coding.encode(b'{"password":"abcdefgh"}', Coding("gzip"))
    live(opened.open(A), answer(coded, 200, content_encoding="gzip"))
    assert opened.interactions()
    assert seen == []
    (found,) = recorded(opened)
    assert [one.response and one.response.body for one in seen] == [b'{"password":"abcdefgh"}']
    assert found.response is not None
    assert found.response.body == b'{"password":"<redacted:password:1>"}'
    assert opened.interactions() == [found]
    assert len(seen) == 1


def flushed(content: bytes) -> bytes:
    """gzip of a compressor whose settings nobody finds."""
    stream = zlib.compressobj(7, zlib.DEFLATED, 31, 3, zlib.Z_FIXED)
    first = stream.compress(content[:9]) + stream.flush(zlib.Z_PARTIAL_FLUSH)
    return first + stream.compress(content[9:]) + stream.flush()


def zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


HARD_TO_READ: dict[str, tuple[Callable[[bytes], bytes], dict[str, str]]] = {
    "stacked": (lambda content: zipped(coding.encode(content, Coding("br"))), {"content_encoding": "br, gzip"}),
    "cut gzip": (lambda content: zipped(content)[:-5], {"content_encoding": "gzip"}),
    "cut br": (lambda content: coding.encode(content + bytes(9), Coding("br"))[:-1], {"content_encoding": "br"}),
    "behind another": (lambda content: zipped(b"[1]") + zipped(content), {"content_encoding": "gzip"}),
    "before another": (lambda content: zipped(content) + zipped(b"[1]"), {"content_encoding": "gzip"}),
    "digested": (flushed, {"content_encoding": "gzip", "content_md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}),
}  # fmt: skip


@pytest.mark.parametrize("name", HARD_TO_READ)
def test_no_secret_stays_in_a_body_that_is_kept_coded(name: str) -> None:
    """Where a secret would be kept within coded bytes, the body is stored decoded and redacted, all of it."""
    code, fields = HARD_TO_READ[name]
    opened = engine(None, "once")
    live(opened.open(A), answer(code(b'{"password":"abcdefgh12345678"}'), 200, **fields))
    (found,) = recorded(opened)
    assert found.response is not None
    assert b'{"password":"<redacted:password:1>"}' in found.response.body
    assert (b"[1]" in found.response.body) == name.endswith("another")
    assert "content-md5" not in found.response.headers
    wire = as_wire(found)
    assert wire is not None
    assert coding.peek(wire.body, fields["content_encoding"]) == found.response.body


@pytest.mark.parametrize("name", HARD_TO_READ)
def test_a_body_without_secrets_is_kept_coded(name: str) -> None:
    """Where there is nothing to hide the coded bytes stay as they came, and their digest with them."""
    code, fields = HARD_TO_READ[name]
    opened = engine(None, "once")
    live(opened.open(A), answer(code(b'{"name":"Alice"}'), 200, **fields))
    (found,) = recorded(opened)
    assert found.response == answer(code(b'{"name":"Alice"}'), 200, **fields)


def test_before_record_drops_and_changes() -> None:
    """None drops an interaction; another one is kept in its place, still redacted, dated if it was not."""

    def hook(interaction: Interaction) -> Interaction | None:
        if interaction.request.url.endswith("/drop"):
            return None
        changed = Response(
            200, Headers.of([("Content-Type", "application/json")]), b'{"token":"abcdefgh1234"}'
        )
        return Interaction(interaction.request, changed)

    opened = engine(None, "once", before_record=hook)
    for asked in (A, request("https://h/drop"), B):
        live(opened.open(asked))
    found = recorded(opened)
    assert [one.request.url for one in found] == [A.url, B.url]
    assert all(one.response and one.response.body == b'{"token":"<redacted:token:1>"}' for one in found)
    assert all(one.recorded_at for one in found)


def test_what_before_record_drops_is_dropped_from_a_rewritten_file() -> None:
    """In rewrite the old recording of a dropped request goes; in all it stays."""
    for mode, left in (("rewrite", []), ("all", [A.url])):
        opened = engine(tape([A]), mode, before_record=lambda interaction: None)
        live(opened.open(A))
        assert [one.request.url for one in recorded(opened)] == left


@pytest.mark.parametrize("returned", [True, "x", {}])
def test_before_record_must_return_an_interaction(returned: object) -> None:
    """Anything else than an interaction or None is an error that says so."""
    opened = engine(None, "once", before_record=lambda interaction: returned)
    live(opened.open(A))
    with pytest.raises(UsageError, match="before_record returned"):
        opened.result()


def test_a_broken_recording_is_remembered() -> None:
    """A request that runs into a broken document fails, and catching that does not hide it."""

    def load() -> Interaction:
        raise CassetteUnreadable("broken", "c.yaml", 7)

    opened = engine(Tape([Entry(0, load, head=("GET", A.url))], Matching(DEFAULT), Ignore()))
    with pytest.raises(CassetteUnreadable) as caught:
        opened.open(A)
    assert opened.refusals == [caught.value]


@pytest.mark.parametrize("asked", [A, B], ids=["taking", "explaining"])
def test_a_matcher_that_fails_is_remembered(asked: Request) -> None:
    """Whether it was asked to choose a recording or what differs from the nearest: catching that does not hide it."""

    def mine(asked: Request, recorded: Request) -> str | None:
        raise AttributeError("no such thing")

    opened = engine(tape([A], [*DEFAULT, mine]))
    with pytest.raises(
        UsageError, match="the matcher 'mine' failed: AttributeError: no such thing"
    ) as caught:
        opened.open(asked)
    assert isinstance(caught.value.__cause__, AttributeError)
    assert opened.refusals == [caught.value]


def test_a_broken_neighbour_of_a_refused_request_is_remembered() -> None:
    """A document that turns out to be broken when the nearest are looked for is no less of an error."""

    def load() -> Interaction:
        raise CassetteUnreadable("broken", "c.yaml", 7)

    opened = engine(Tape([Entry(0, load, head=("GET", A.url))], Matching(DEFAULT), Ignore()))
    with pytest.raises(CassetteUnreadable) as caught:
        opened.open(B)
    assert opened.refusals == [caught.value]


class Raw(NamedTuple):
    """A document as it stands in a file."""

    raw: bytes


def test_a_broken_neighbour_does_not_stop_a_recording() -> None:
    """What is not UTF-8 in an old recording that stays is no reason to lose the new one."""
    (entry,) = entries([recording(B)])
    entry.source = Raw(b"\xff <redacted:token:3>")
    opened = engine(Tape([entry], Matching(DEFAULT), Ignore()), "new_episodes")
    live(opened.open(request("https://h/a?token=abcdefgh12345678")))
    assert opened.result().items[1].request.url == "https://h/a?token=<redacted:token:4>"  # type: ignore[union-attr]


def test_a_placeholder_never_leaves() -> None:
    """In no mode is a request with a placeholder sent, in URL, header or body."""
    for asked in (
        request("https://h/<redacted:id:1>"),
        request("https://h/%3Credacted%3Aid%3A1%3E"),
        request("https://h/" + "".join(f"%{ord(char):02X}" for char in "<redacted:id:1>")),
        request("https://h/", "".join(f"\\u{ord(char):04x}" for char in "<redacted:id:1>")),
        request("https://h/", "YXBpOjxyZWRhY3RlZDppZDoxPg=="),
        request("https://h/", '{"t":"<redacted:t:1>"}'),
        request("https://h/", authorization="Bearer <redacted:token:1>"),
    ):
        for mode in ("once", "new_episodes", "all", "rewrite"):
            opened = engine(None, mode)
            with pytest.raises(RecordingForbidden):
                opened.open(asked)
            assert opened.slots == []


def test_a_secret_known_only_later_is_one_placeholder() -> None:
    """A value that an answer shows to be secret is hidden in the requests before and after it."""
    opened = engine(None, "once")
    value = "k7Jd82hsLq01"
    live(opened.open(request(f"https://h/{value}")))
    live(opened.open(request("https://h/login")), answer(json.dumps({"token": value})))
    live(opened.open(request(f"https://h/{value}/x")))
    urls = [one.request.url for one in recorded(opened)]
    assert urls == ["https://h/<redacted:token:1>", "https://h/login", "https://h/<redacted:token:1>/x"]
    again = engine(tape(recorded(opened)))
    for path in (value, "login", f"{value}/x"):
        exchange = again.open(request(f"https://h/{path}"))
        assert exchange is not None
        assert not exchange.live


def test_interactions_while_recording() -> None:
    """What was recorded so far is to be seen at any time, redacted, after what the file holds."""
    opened = engine(tape([A]), "new_episodes")
    live(opened.open(request("https://h/b?token=abcdefgh12345678")))
    assert [one.request.url for one in opened.interactions()] == [
        A.url,
        "https://h/b?token=<redacted:token:1>",
    ]


@pytest.mark.parametrize(
    ("url", "globs", "expected"),
    [
        ("http://localhost:8080/a", ["localhost"], True),
        ("http://localhost:8080/a", ["localhost:8080"], True),
        ("http://localhost:8080/a", ["localhost:80"], False),
        ("http://localhost/a", ["localhost:80"], True),
        ("https://a.internal/", ["*.internal"], True),
        ("https://a.internal/", ["*.internal:443"], True),
        ("https://A.Internal/", ["a.INTERNAL"], True),
        ("https://a.internal.example.com/", ["*.internal"], False),
        ("http://[::1]:8080/", ["::1"], True),
        ("http://[::1]:8080/", ["[::1]:8080"], True),
        ("http://[::1]:8080/", ["[::1]"], True),
        ("http://1/", ["[::1]"], False),
        ("http://h/", [], False),
    ],
)
def test_passthrough(url: str, globs: Sequence[str], expected: bool) -> None:
    """Hosts are named by globs, with or without port, in any case; IPv6 addresses as they stand in URLs."""
    assert passes(url, globs) == expected


def test_what_passes_is_nobodys_business() -> None:
    """A host on the list is neither matched nor recorded, and counts as live."""
    opened = engine(tape([A]), passthrough=("h",))
    assert opened.open(A) is None
    assert (opened.counts.live, opened.sent, opened.entries()[0].plays) == (1, [], 0)


def test_a_live_request_is_compared_as_it_is_stored() -> None:
    """A request body in a content coding matches its decoded recording."""
    plain = request("https://h/", '{"n":1}', content_type="application/json", content_encoding="gzip")
    coded = replace(plain, body=coding.encode(plain.body, Coding("gzip")))
    opened = engine(tape([replace(plain, coding=Coding("gzip"))]))
    exchange = opened.open(coded)
    assert exchange is not None
    assert not exchange.live
    assert canonical(plain).body.kind == "json"


def test_requests_are_kept_as_sent() -> None:
    """`sent` has the very requests, unredacted, refused ones too."""
    asked = Request("GET", "https://h/?token=abcdefgh12345678")
    opened = engine(tape([]))
    with pytest.raises(NotRecorded):
        opened.open(asked)
    assert opened.sent == [asked]
