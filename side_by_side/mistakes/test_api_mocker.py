"""`greet`, with api-mocker, whose replies answer any number of calls unless they are told how many."""

from __future__ import annotations

CLIENTS = ["requests", "httpx", "httpx_async"]


def test_as_declared(shop, api_mocker):
    api_mocker.get("/users/7", query={"lang": "en"}).respond_with(json={"name": "Ada"})
    api_mocker.post("/visits", json={"user": 7}).respond_with(201)

    assert shop.greet() == "Hello Ada"


def test_with_options(shop, api_mocker):
    api_mocker.get("/users/7", query={"lang": "en"}).respond_with(json={"name": "Ada"}).times(1)
    api_mocker.post("/visits", json={"user": 7}).respond_with(201).times(1)

    assert shop.greet() == "Hello Ada"
