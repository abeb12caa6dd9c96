"""With pytest-httpx: https://colin-b.github.io/pytest_httpx."""

from __future__ import annotations

from pytest_httpx import IteratorStream

CLIENTS = ["httpx", "httpx_async"]


def test_checkout(shop, httpx_mock):
    user = {"name": "Ada", "email": "ada@example.com"}
    pay, charge = "https://pay.example.com/charges", {"amount": 1250, "receipt": "ada@example.com"}
    httpx_mock.add_response(url="https://users.example.com/users/7", json=user)
    httpx_mock.add_response(url="https://stock.example.com/items/TEA-100", json={"price": 1250})
    httpx_mock.add_response(method="POST", url=pay, match_json=charge, status_code=201, json={"id": "ch_1"})

    assert shop.checkout(7, "TEA-100") == "ch_1"


def test_retry(shop, httpx_mock):
    httpx_mock.add_response(url="https://api.example.com/report", status_code=503)
    httpx_mock.add_response(url="https://api.example.com/report", status_code=503)
    httpx_mock.add_response(url="https://api.example.com/report", json={"rows": 7})

    assert shop.report() == {"rows": 7}


def test_pagination(shop, httpx_mock):
    url = "https://api.example.com/customers"
    httpx_mock.add_response(url=f"{url}?page=1", json={"names": ["Ada"], "next": 2})
    httpx_mock.add_response(url=f"{url}?page=2", json={"names": ["Grace"], "next": None})

    assert shop.customers() == ["Ada", "Grace"]


def test_token_refresh(shop, httpx_mock):
    url, old, new = "https://pay.example.com/balance", "Bearer old", "Bearer new"
    token, refresh = "https://pay.example.com/token", b"refresh_token=r1"
    renewed = {"access_token": "new"}
    httpx_mock.add_response(url=url, match_headers={"Authorization": old}, status_code=401)
    httpx_mock.add_response(method="POST", url=token, match_content=refresh, json=renewed)
    httpx_mock.add_response(url=url, match_headers={"Authorization": new}, json={"amount": 100})

    assert shop.balance("old", "r1") == 100


def test_stream(shop, httpx_mock):
    chat, question = "https://api.example.com/chat", {"question": "Hi"}
    events = IteratorStream([b"data: Good\n\n", b"data: day\n\n"])
    httpx_mock.add_response(method="POST", url=chat, match_json=question, stream=events)

    assert shop.reply("Hi") == ["Good", "day"]


def test_upload(shop, httpx_mock):
    url, fields = "https://files.example.com/documents", {"folder": "in"}
    files = {"document": ("a.txt", b"some text", "text/plain")}
    httpx_mock.add_response(method="POST", url=url, match_data=fields, match_files=files, json={"id": "d1"})

    assert shop.upload("a.txt", b"some text") == "d1"
