"""What README and tutorial recorded is committed, and replays here, in this very run, without a network."""

from __future__ import annotations

from typing import Any

import pytest
from tests.docs.fences import steps
from tests.docs.story import ROOT

import api_mocker

KEPT = ROOT / "cassettes" / "docs"


def code(page: str, file: str) -> dict[str, Any]:  # Any: whatever a module holds
    """The names of a file of a page, as the page shows it first."""
    text = next(step.text for step in steps((ROOT / page).read_text("utf-8")) if step.word == file)
    names: dict[str, Any] = {}
    exec(text.replace("@pytest.mark.cassette\n", ""), names)  # our own plugin is not loaded here
    return names


def test_the_readme_replays() -> None:
    """The README's test passes on the README's cassette."""
    with api_mocker.use_cassette(KEPT / "test_charge" / "test_charge.yaml") as cassette:
        code("README.md", "test_charge.py")["test_charge"]()

    assert len(cassette.played) == 1


def test_the_tutorial_replays() -> None:
    """The tutorial's order is open, packed and sent again, in the recorded order."""
    with api_mocker.use_cassette(KEPT / "test_shop" / "test_order_is_sent.yaml") as cassette:
        states = code("docs/tutorial.md", "shop.py")["place_order"]("TEA-100")

    assert states == ["open", "open", "packed", "sent"]
    assert len(cassette.played) == 4


def test_a_changed_request_is_refused() -> None:
    """What the README says of a changed request is so here as well."""
    charge = code("README.md", "test_charge.py")["charge"]
    path = KEPT / "test_charge" / "test_charge.yaml"
    before = path.read_bytes()

    with (
        pytest.raises(api_mocker.NotRecorded, match=r"body \$\.amount: sent 12\.5, recorded 1250"),
        api_mocker.use_cassette(path),
    ):
        charge(12.5)

    assert path.read_bytes() == before
