"""With aioresponses: https://github.com/pnuckowski/aioresponses."""

from __future__ import annotations

import pytest
from aioresponses import aioresponses
from yarl import URL

CLIENTS = ["aiohttp"]


@pytest.fixture
def mocked():
    with aioresponses() as mocked:
        yield mocked


def test_checkout(shop, mocked):
    charges = "https://pay.example.com/charges"
    mocked.get("https://users.example.com/users/7", payload={"name": "Ada", "email": "ada@example.com"})
    mocked.get("https://stock.example.com/items/TEA-100", payload={"price": 1250})
    mocked.post(charges, status=201, payload={"id": "ch_1"})

    assert shop.checkout(7, "TEA-100") == "ch_1"
    charge = {"amount": 1250, "receipt": "ada@example.com"}
    assert mocked.requests["POST", URL(charges)][0].kwargs["json"] == charge


def test_retry(shop, mocked):
    mocked.get("https://api.example.com/report", status=503, repeat=2)
    mocked.get("https://api.example.com/report", payload={"rows": 7})

    assert shop.report() == {"rows": 7}


def test_pagination(shop, mocked):
    url = "https://api.example.com/customers"
    mocked.get(f"{url}?page=1", payload={"names": ["Ada"], "next": 2})
    mocked.get(f"{url}?page=2", payload={"names": ["Grace"], "next": None})

    assert shop.customers() == ["Ada", "Grace"]


def test_token_refresh(shop, mocked):
    balance, token = "https://pay.example.com/balance", "https://pay.example.com/token"
    mocked.get(balance, status=401)
    mocked.post(token, payload={"access_token": "new"})
    mocked.get(balance, payload={"amount": 100})

    assert shop.balance("old", "r1") == 100
    asked = [call.kwargs["headers"]["Authorization"] for call in mocked.requests["GET", URL(balance)]]
    assert asked == ["Bearer old", "Bearer new"]
    assert mocked.requests["POST", URL(token)][0].kwargs["data"] == {"refresh_token": "r1"}


def test_stream(shop, mocked):
    chat = "https://api.example.com/chat"
    mocked.post(chat, body="data: Good\n\ndata: day\n\n", content_type="text/event-stream")

    assert shop.reply("Hi") == ["Good", "day"]
    assert mocked.requests["POST", URL(chat)][0].kwargs["json"] == {"question": "Hi"}


def test_upload(shop, mocked):
    documents = "https://files.example.com/documents"
    mocked.post(documents, status=201, payload={"id": "d1"})

    assert shop.upload("a.txt", b"some text") == "d1"
    form = mocked.requests["POST", URL(documents)][0].kwargs["data"]
    (folder, *_), (document, *_) = form()
    assert (folder.headers["Content-Disposition"], folder.decode()) == ('form-data; name="folder"', "in")
    assert 'filename="a.txt"' in document.headers["Content-Disposition"]
    assert (document.content_type, document.decode()) == ("text/plain", "some text")
