"""The fixture ``cassette``, where the name is ours to give.

The law of this file: cassetter has a fixture of that name which every test gets. Where it is installed, the
name is its own, or each of its tests would have a cassette of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .._cassette import Cassette

__all__ = ["cassette"]


@pytest.fixture
def cassette(api_mocker_cassette: Cassette) -> Cassette:
    """The test's cassette, active; asking for it is as good as the marker."""
    return api_mocker_cassette
