"""Record modes: the whole product of modes and situations, against a table written from the specification."""

from __future__ import annotations

from itertools import product

import pytest

from api_mocker._core.modes import DECISIONS, Action, RecordMode, Situation
from api_mocker.exceptions import UsageError

# The table of the documentation, word for word: no cassette / recorded and unused / not recorded.
SPECIFICATION = """
none          refuse  replay  refuse
once          record  replay  refuse
new_episodes  record  replay  record
all           record  record  record
rewrite       record  record  record
"""

ROWS = {
    mode: dict(zip(("no cassette", "recorded and unused", "not recorded"), actions, strict=True))
    for mode, *actions in map(str.split, SPECIFICATION.strip().splitlines())
}


@pytest.mark.parametrize(("mode", "situation"), [*product(RecordMode, Situation)], ids=str)
def test_every_mode_decides_as_specified(mode: RecordMode, situation: Situation) -> None:
    """For each mode and situation, what is done is what the specification's table says."""
    assert DECISIONS[mode][situation].value == ROWS[mode.value][situation.value]


def test_the_table_is_whole() -> None:
    """No mode, situation or action is without a place in the table."""
    assert {mode.value for mode in DECISIONS} == set(ROWS)
    assert all(set(row) == set(Situation) for row in DECISIONS.values())
    assert {action for row in DECISIONS.values() for action in row.values()} == set(Action)


def test_only_none_never_records() -> None:
    """Every mode but none may send something."""
    assert [mode.value for mode in RecordMode if not mode.records] == ["none"]


@pytest.mark.parametrize("mode", RecordMode)
def test_a_mode_is_known_by_its_name(mode: RecordMode) -> None:
    """A mode is given by name or as itself, and shows as its name."""
    assert RecordMode.of(mode.value) is RecordMode.of(mode) is mode
    assert f"{mode}" == mode.value


@pytest.mark.parametrize(
    ("given", "nearest"),
    [
        ("onec", "once"),
        ("new-episodes", "new_episodes"),
        ("ALL", "all"),
        ("None", "none"),
        ("rewrit", "rewrite"),
    ],
)
def test_a_wrong_mode_names_the_nearest(given: str, nearest: str) -> None:
    """An unknown mode is an error that names the nearest one, and all of them."""
    with pytest.raises(UsageError) as caught:
        RecordMode.of(given)
    assert f"did you mean {nearest!r}?" in str(caught.value)
    assert "none, once, new_episodes, all, rewrite" in str(caught.value)


def test_nothing_near_is_not_guessed() -> None:
    """What resembles no mode is refused without a guess."""
    with pytest.raises(UsageError, match=r"^there is no record mode 'xyz' \(record modes: "):
        RecordMode.of("xyz")


@pytest.mark.parametrize("given", [3, None, ["once"], {}])
def test_what_is_no_name_is_refused(given: str) -> None:
    """A value that is no text is an error of ours as well."""
    with pytest.raises(UsageError):
        RecordMode.of(given)
