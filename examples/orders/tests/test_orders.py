"""The order flow's tests: nothing in them but the marker tells that the services may be gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from app.checkout import place_order
from app.payments import Payments, PaymentsRefused
from app.settings import Settings
from app.shipping import Shipping
from app.stock import OutOfStock, Stock
from app.users import Directory


@pytest.mark.cassette
def test_listing_walks_through_every_page(settings: Settings) -> None:
    with Directory(settings.users_url) as directory:
        names = [user.name for user in directory.everyone()]
        fourth = directory.get(4)

    assert len(names) == 7
    assert names[0] == "Ada Lovelace"
    assert names[-1] == "Katherine Johnson"
    assert fourth.name == names[3]


@pytest.mark.cassette
def test_stock_is_found_where_it_moved(settings: Settings) -> None:
    with Stock(settings.stock_url) as stock:
        assert stock.item("MUG-7").price == 1890
        assert stock.reserve("MUG-7", 2) == "RSV-MUG-7-2"
        with pytest.raises(OutOfStock, match="only 3 left"):
            stock.reserve("MUG-7", 4)


@pytest.mark.cassette
def test_charge_survives_a_busy_service(settings: Settings) -> None:
    with Payments(settings.payments_url, settings.client_id, settings.client_secret) as payments:
        charge = payments.charge("R-1001", 1250, "EUR")

    assert charge.status == "succeeded"
    assert charge.attempts == 2


@pytest.mark.cassette
def test_wrong_secret_is_refused(settings: Settings) -> None:
    stranger = replace(settings, client_secret="not-the-secret")

    with pytest.raises(PaymentsRefused, match="invalid_client"):
        Payments(stranger.payments_url, stranger.client_id, stranger.client_secret)


@pytest.mark.cassette
def test_parcel_is_followed_to_the_door(settings: Settings) -> None:
    async def follow() -> list[str]:
        async with Shipping(settings.shipping_url) as shipping:
            tracking = await shipping.announce("R-1001", "London")
            return [state async for state in shipping.states(tracking)]

    assert asyncio.run(follow()) == ["announced", "packed", "in_transit", "delivered"]


@pytest.mark.cassette
def test_order_from_address_to_parcel(settings: Settings) -> None:
    order = asyncio.run(place_order(settings, "R-1002", "emmy@example.com", "TEA-100", 2))

    assert order.user.city == "Erlangen"
    assert order.reservation == "RSV-TEA-100-2"
    assert order.charge.amount == 2500
    assert order.states[-1] == "delivered"
