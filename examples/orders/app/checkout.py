"""An order, from the customer's address to the parcel at the door."""

from __future__ import annotations

from dataclasses import dataclass

from .payments import Charge, Payments
from .settings import Settings
from .shipping import Shipping
from .stock import Stock
from .users import Directory, User

__all__ = ["Order", "place_order"]


@dataclass(frozen=True, slots=True)
class Order:
    """What came of it."""

    reference: str
    user: User
    reservation: str
    charge: Charge
    states: tuple[str, ...]


async def place_order(settings: Settings, reference: str, email: str, sku: str, quantity: int) -> Order:
    """Finds the customer, sets the goods aside, takes the money, and waits for the parcel."""
    with Directory(settings.users_url) as directory:
        user = directory.find(email)
    with Stock(settings.stock_url) as stock:
        item = stock.item(sku)
        reservation = stock.reserve(sku, quantity)
    with Payments(settings.payments_url, settings.client_id, settings.client_secret) as payments:
        charge = payments.charge(reference, item.price * quantity, item.currency)
    async with Shipping(settings.shipping_url) as shipping:
        tracking = await shipping.announce(reference, user.city)
        states = [state async for state in shipping.states(tracking)]
    return Order(reference, user, reservation, charge, tuple(states))
