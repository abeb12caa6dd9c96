"""httpx2, the continuation of httpx under its own name."""

from __future__ import annotations

import httpx2

from ._httpx_family import family

DRIVERS = family(httpx2)
