"""httpx2, the continuation of httpx under its own name."""

from __future__ import annotations

import httpx2

from .httpx import family

DRIVERS = family(httpx2)
