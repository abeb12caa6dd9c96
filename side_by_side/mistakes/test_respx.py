"""`greet`, with respx."""

from __future__ import annotations

import pytest
from httpx import Response

CLIENTS = ["httpx", "httpx_async"]


def declare(respx_mock):
    respx_mock.get("https://api.example.com/users/7?lang=en").respond(json={"name": "Ada"})
    return respx_mock.post("https://api.example.com/visits", json={"user": 7}).respond(201)


def test_as_declared(shop, respx_mock):
    declare(respx_mock)

    assert shop.greet() == "Hello Ada"


@pytest.mark.respx(assert_all_called=True)
def test_with_options(shop, respx_mock):
    declare(respx_mock).side_effect = [Response(201)]

    assert shop.greet() == "Hello Ada"


def test_counted_by_hand(shop, respx_mock):
    declare(respx_mock)

    assert shop.greet() == "Hello Ada"
    assert respx_mock.calls.call_count == 2
