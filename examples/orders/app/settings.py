"""Where the services are, and who we are to them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Each may be set in the environment: ``users_url`` is ``ORDERS_USERS_URL``, and so on."""

    users_url: str = "http://127.0.0.1:28461"
    stock_url: str = "http://127.0.0.1:28462"
    payments_url: str = "http://127.0.0.1:28463"
    shipping_url: str = "http://127.0.0.1:28464"
    client_id: str = "orders-app"
    client_secret: str = "sandbox-secret"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """The defaults, overridden by what the environment says."""
        names = {field.name: f"ORDERS_{field.name.upper()}" for field in fields(cls)}
        return cls(**{name: environ[variable] for name, variable in names.items() if variable in environ})
