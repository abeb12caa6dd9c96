"""`greet`, with requests-mock, which has no stricter options."""

from __future__ import annotations

CLIENTS = ["requests"]


def declare(requests_mock):
    users = "https://api.example.com/users/7?lang=en"
    requests_mock.get(users, complete_qs=True, json={"name": "Ada"})
    requests_mock.post(
        "https://api.example.com/visits",
        additional_matcher=lambda request: request.json() == {"user": 7},
        status_code=201,
    )


def test_as_declared(shop, requests_mock):
    declare(requests_mock)

    assert shop.greet() == "Hello Ada"


def test_counted_by_hand(shop, requests_mock):
    declare(requests_mock)

    assert shop.greet() == "Hello Ada"
    assert requests_mock.call_count == 2
