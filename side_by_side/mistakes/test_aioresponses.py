"""`greet`, with aioresponses, which has no stricter options and matches no bodies."""

from __future__ import annotations

import pytest
from aioresponses import aioresponses
from yarl import URL

CLIENTS = ["aiohttp"]
VISITS = "https://api.example.com/visits"


@pytest.fixture
def mocked():
    with aioresponses() as mocked:
        mocked.get("https://api.example.com/users/7?lang=en", payload={"name": "Ada"})
        mocked.post(VISITS, status=201)
        yield mocked


@pytest.mark.usefixtures("mocked")
def test_as_declared(shop):
    assert shop.greet() == "Hello Ada"


def test_counted_by_hand(shop, mocked):
    assert shop.greet() == "Hello Ada"
    assert len(mocked.requests) == 2
    [visit] = mocked.requests["POST", URL(VISITS)]
    assert visit.kwargs["json"] == {"user": 7}
