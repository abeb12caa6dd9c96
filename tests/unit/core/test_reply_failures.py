"""What a declared failure says, where the declaration has no words of its own."""

from __future__ import annotations

import pytest

from api_mocker._core.model import FAILURE_KINDS
from api_mocker._core.replies import raising, reply


@pytest.mark.parametrize("kind", FAILURE_KINDS)
def test_a_failure_says_something(kind: str) -> None:
    """An exception without words is no help in a log, nor to code that looks for some."""
    failure = (
        reply(error=kind, text="half", after=2).failure
        if kind == "closed_early"
        else reply(error=kind).failure
    )
    assert failure is not None
    assert failure.message


def test_a_failure_says_what_it_is_told_to() -> None:
    """The words of raises() are those of the exception."""
    failure = raising("tls", "certificate has expired").failure
    assert failure is not None
    assert failure.message == "certificate has expired"
    plain = raising("tls").failure
    assert plain is not None
    assert "CERTIFICATE_VERIFY_FAILED" in plain.message
