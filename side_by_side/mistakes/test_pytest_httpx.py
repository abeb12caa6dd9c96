"""`greet`, with pytest-httpx, which is strict by itself."""

from __future__ import annotations

CLIENTS = ["httpx", "httpx_async"]


def test_as_declared(shop, httpx_mock):
    visits = "https://api.example.com/visits"
    httpx_mock.add_response(url="https://api.example.com/users/7?lang=en", json={"name": "Ada"})
    httpx_mock.add_response(method="POST", url=visits, match_json={"user": 7}, status_code=201)

    assert shop.greet() == "Hello Ada"
