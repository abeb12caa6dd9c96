"""With aiohttp."""

from __future__ import annotations

from contextlib import suppress

import aiohttp

from . import API, ASKS_FOR_ADS, ATTEMPTS, BUSY, EXPIRED, FILES, LANGUAGE, PAY, STOCK, USERS, VISITOR, VISITS


async def checkout(user: int, sku: str) -> str:
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        async with session.get(f"{USERS}/users/{user}") as answer:
            buyer = await answer.json()
        async with session.get(f"{STOCK}/items/{sku}") as answer:
            item = await answer.json()
        wanted = {"amount": item["price"], "receipt": buyer["email"]}
        async with session.post(f"{PAY}/charges", json=wanted) as answer:
            return (await answer.json())["id"]


async def report() -> dict[str, int]:
    async with aiohttp.ClientSession() as session:
        for _ in range(ATTEMPTS):
            async with session.get(f"{API}/report") as answer:
                if answer.status != BUSY:
                    return await answer.json()
        answer.raise_for_status()
    raise AssertionError


async def customers() -> list[str]:
    names, page = [], 1
    async with aiohttp.ClientSession() as session:
        while page:
            async with session.get(f"{API}/customers", params={"page": page}) as answer:
                found = await answer.json()
            names += found["names"]
            page = found["next"]
    return names


async def balance(token: str, refresh_token: str) -> int:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{PAY}/balance", headers={"Authorization": f"Bearer {token}"}) as answer:
            if answer.status != EXPIRED:
                return (await answer.json())["amount"]
        async with session.post(f"{PAY}/token", data={"refresh_token": refresh_token}) as answer:
            token = (await answer.json())["access_token"]
        async with session.get(f"{PAY}/balance", headers={"Authorization": f"Bearer {token}"}) as answer:
            answer.raise_for_status()
            return (await answer.json())["amount"]


async def reply(question: str) -> list[str]:
    asked = {"question": question}
    async with aiohttp.ClientSession() as session, session.post(f"{API}/chat", json=asked) as answer:
        lines = [line.decode().rstrip("\n") async for line in answer.content]
    return [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]


async def upload(name: str, content: bytes) -> str:
    form = aiohttp.FormData({"folder": "in"})
    form.add_field("document", content, filename=name, content_type="text/plain")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{FILES}/documents", data=form) as answer,
    ):
        return (await answer.json())["id"]


async def greet() -> str:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{API}/users/7", params={"lang": LANGUAGE}) as answer:
            name = (await answer.json())["name"]
        if ASKS_FOR_ADS:
            with suppress(Exception):
                async with session.get(f"{API}/ads"):
                    pass
        for _ in range(VISITS):
            async with session.post(f"{API}/visits", json={"user": VISITOR}):
                pass
    return f"Hello {name}"
