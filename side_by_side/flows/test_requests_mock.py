"""With requests-mock: https://requests-mock.readthedocs.io."""

from __future__ import annotations

import pytest

CLIENTS = ["requests"]


def test_checkout(shop, requests_mock):
    requests_mock.get("https://users.example.com/users/7", json={"name": "Ada", "email": "ada@example.com"})
    requests_mock.get("https://stock.example.com/items/TEA-100", json={"price": 1250})
    charges = requests_mock.post("https://pay.example.com/charges", status_code=201, json={"id": "ch_1"})

    assert shop.checkout(7, "TEA-100") == "ch_1"
    assert charges.last_request.json() == {"amount": 1250, "receipt": "ada@example.com"}


@pytest.mark.xfail(
    strict=True,
    reason="it stands in place of the adapter, so that `Retry`, which is the adapter's, does not run",
)
def test_retry(shop, requests_mock):
    busy = {"status_code": 503}
    requests_mock.get("https://api.example.com/report", [busy, busy, {"json": {"rows": 7}}])

    assert shop.report() == {"rows": 7}


def test_pagination(shop, requests_mock):
    url = "https://api.example.com/customers"
    requests_mock.get(f"{url}?page=1", complete_qs=True, json={"names": ["Ada"], "next": 2})
    requests_mock.get(f"{url}?page=2", complete_qs=True, json={"names": ["Grace"], "next": None})

    assert shop.customers() == ["Ada", "Grace"]


def test_token_refresh(shop, requests_mock):
    url, old, new = "https://pay.example.com/balance", "Bearer old", "Bearer new"
    requests_mock.get(url, request_headers={"Authorization": old}, status_code=401)
    tokens = requests_mock.post("https://pay.example.com/token", json={"access_token": "new"})
    requests_mock.get(url, request_headers={"Authorization": new}, json={"amount": 100})

    assert shop.balance("old", "r1") == 100
    assert tokens.last_request.text == "refresh_token=r1"


def test_stream(shop, requests_mock):
    chat = requests_mock.post("https://api.example.com/chat", text="data: Good\n\ndata: day\n\n")

    assert shop.reply("Hi") == ["Good", "day"]
    assert chat.last_request.json() == {"question": "Hi"}


def test_upload(shop, requests_mock):
    documents = requests_mock.post("https://files.example.com/documents", status_code=201, json={"id": "d1"})

    assert shop.upload("a.txt", b"some text") == "d1"
    body = documents.last_request.body
    assert b'name="folder"\r\n\r\nin\r\n' in body
    assert b'name="document"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nsome text\r\n' in body
