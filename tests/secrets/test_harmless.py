"""What redaction hides for nothing: measured, and held to what the documentation states."""

from __future__ import annotations

from .harmless import HARMLESS, PLACES, alarms

MOST = 0.025  # of all values in all places


def test_the_table_is_large() -> None:
    """At least 200 values, none of them twice under one name."""
    assert len({(name, repr(value)) for name, value in HARMLESS}) == len(HARMLESS) >= 200


def test_false_alarms_are_rare() -> None:
    """Of harmless values in harmless places no more is hidden than is stated."""
    found = alarms()
    count = sum(map(len, found.values()))
    assert count / (len(HARMLESS) * len(PLACES)) <= MOST, found


def test_a_field_of_any_name_hardly_ever_alarms() -> None:
    """Where no name says so only what has the form of a credential is hidden."""
    assert len(alarms()["a JSON field of any name"]) <= 3
