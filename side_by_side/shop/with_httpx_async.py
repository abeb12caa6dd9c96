"""With httpx, asynchronously."""

from __future__ import annotations

from contextlib import suppress

import httpx

from . import API, ASKS_FOR_ADS, ATTEMPTS, BUSY, EXPIRED, FILES, LANGUAGE, PAY, STOCK, USERS, VISITOR, VISITS


async def checkout(user: int, sku: str) -> str:
    async with httpx.AsyncClient() as client:
        buyer = (await client.get(f"{USERS}/users/{user}")).json()
        item = (await client.get(f"{STOCK}/items/{sku}")).json()
        wanted = {"amount": item["price"], "receipt": buyer["email"]}
        charge = await client.post(f"{PAY}/charges", json=wanted)
    return charge.raise_for_status().json()["id"]


async def report() -> dict[str, int]:
    async with httpx.AsyncClient() as client:
        for _ in range(ATTEMPTS):
            answer = await client.get(f"{API}/report")
            if answer.status_code != BUSY:
                break
    return answer.raise_for_status().json()


async def customers() -> list[str]:
    names, page = [], 1
    async with httpx.AsyncClient() as client:
        while page:
            answer = (await client.get(f"{API}/customers", params={"page": page})).json()
            names += answer["names"]
            page = answer["next"]
    return names


async def balance(token: str, refresh_token: str) -> int:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{PAY}/balance", headers={"Authorization": f"Bearer {token}"})
        if answer.status_code == EXPIRED:
            renewed = (await client.post(f"{PAY}/token", data={"refresh_token": refresh_token})).json()
            headers = {"Authorization": f"Bearer {renewed['access_token']}"}
            answer = await client.get(f"{PAY}/balance", headers=headers)
    return answer.raise_for_status().json()["amount"]


async def reply(question: str) -> list[str]:
    asked = {"question": question}
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", f"{API}/chat", json=asked) as answer,
    ):
        return [
            line.removeprefix("data: ") async for line in answer.aiter_lines() if line.startswith("data: ")
        ]


async def upload(name: str, content: bytes) -> str:
    files = {"document": (name, content, "text/plain")}
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{FILES}/documents", data={"folder": "in"}, files=files)
    return answer.json()["id"]


async def greet() -> str:
    async with httpx.AsyncClient() as client:
        name = (await client.get(f"{API}/users/7", params={"lang": LANGUAGE})).json()["name"]
        if ASKS_FOR_ADS:
            with suppress(Exception):
                await client.get(f"{API}/ads")
        for _ in range(VISITS):
            await client.post(f"{API}/visits", json={"user": VISITOR})
    return f"Hello {name}"
