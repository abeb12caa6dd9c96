"""Memory: replaying does not grow with the cassette, nor recording with the body or what a bomb pretends to be."""

from __future__ import annotations

import sys

import pytest
from tests.footprint import MEASURED, measured

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")


@pytest.mark.parametrize("size", [80, 240])
def test_replaying_takes_no_more_of_a_larger_cassette(size: int) -> None:
    """The last interaction of a mapped cassette costs tens of megabytes, whatever stands before it."""
    assert measured("replay", size) < MEASURED["replay"].most


def test_recording_a_bomb_is_bounded() -> None:
    """A compressed body that would grow to 700 MiB is decoded no further than the limit, and kept as it came."""
    assert measured("bomb", 700) < MEASURED["bomb"].most


@pytest.mark.parametrize("client", ["download", "download_httpx"])
def test_a_large_download_is_not_held(client: str) -> None:
    """Recording 112 MiB piece by piece, and replaying them so, takes less memory than the body has bytes."""
    assert measured(client, 112) < MEASURED[client].most
