"""The laws, over the whole table."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from .seen import SECRET, alone, differences, promised

if TYPE_CHECKING:
    from .runs import Runs


def test_a_scenario_can_be_repeated(runs: Runs) -> None:
    """Without the tool two runs agree: what differs later is the tool's doing."""
    first, second = runs.alone, runs.perform()
    assert not first.faults
    assert not differences([*map(alone, first.seen)], [*map(alone, second.seen)])


def test_recording_changes_nothing(runs: Runs) -> None:
    """Twin, first half: a caller cannot tell that it is being recorded, and neither can the server."""
    assert not differences([*map(alone, runs.recording.seen)], [*map(alone, runs.alone.seen)])
    assert not runs.recording.faults
    if not runs.scenario.varies:
        assert sorted(map(repr, runs.recording.wire)) == sorted(map(repr, runs.alone.wire))


def test_every_exchange_is_one_interaction(runs: Runs) -> None:
    """Wire: as many interactions as exchanges, those of which the server saw nothing included."""
    asked = [(ask.method, ask.target) for ask in runs.recording.asked]
    assert len(runs.interactions) == len(asked) + runs.scenario.unseen


def test_a_replay_shows_what_the_recording_showed(runs: Runs) -> None:
    """Twin, second half, and Silence: the sockets are cut, and nothing that was promised is missing."""
    recorded = [promised(seen, recipe=runs.scenario.exact) for seen in runs.recording.seen]
    replayed = [promised(seen, recipe=runs.scenario.exact) for seen in runs.replay.seen]
    assert not differences(replayed, recorded)
    assert not runs.replay.asked


def test_mocks_show_what_the_recording_showed(runs: Runs) -> None:
    """Twin, third mode: the declarations that are printed for a cassette answer as it does, and all of them are used."""
    recorded = [promised(seen, recipe=runs.scenario.exact) for seen in runs.recording.seen]
    mocked = [promised(seen, recipe=runs.scenario.exact) for seen in runs.mocked.seen]
    assert not differences(mocked, recorded)
    assert not runs.mocked.asked


def test_the_file_holds_what_was_recorded(runs: Runs) -> None:
    """Round trip and Secrets: it reads back as it was made, without what a rule names, Base64 included."""
    runs.ensure_recorded()
    with runs.tape("none", unused="ignore") as cassette:
        assert cassette.interactions == runs.interactions
    text = b"".join(file.read_bytes() for file in runs.path.parent.rglob("*") if file.is_file())
    assert SECRET.encode() not in text
    for credentials in (f"alice:{SECRET}-pass",):
        assert b64encode(credentials.encode()) not in text


def test_recording_again_leaves_the_file(runs: Runs) -> None:
    """Nothing lost: an unchanged service gives the same file, byte for byte, order included."""
    runs.ensure_recorded()
    before = runs.path.read_bytes()
    for mode in ("all", "rewrite"):
        path = runs.another(mode)
        with runs.tape(mode, path):
            runs.perform()
        assert path.read_bytes().decode() == before.decode(), mode
