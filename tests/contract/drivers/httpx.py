"""httpx."""

from __future__ import annotations

import httpx

from ._httpx_family import family

DRIVERS = family(httpx)
