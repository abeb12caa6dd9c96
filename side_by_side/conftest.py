"""The application, as each test gets it: with each of the clients that its module names."""

from __future__ import annotations

import asyncio
from functools import wraps
from importlib import import_module
from inspect import iscoroutinefunction
from types import SimpleNamespace

import pytest

FUNCTIONS = ("checkout", "report", "customers", "balance", "reply", "upload", "greet")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module's ``CLIENTS`` are the clients for which its tests are run, unchanged."""
    if "shop" in metafunc.fixturenames:
        metafunc.parametrize("shop", metafunc.module.CLIENTS, indirect=True)


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> SimpleNamespace:
    """The flows with one client, to be called without ``await`` whichever it is."""
    module = import_module(f"shop.with_{request.param}")
    return SimpleNamespace(**{name: blocking(getattr(module, name)) for name in FUNCTIONS})


def blocking(function):
    if not iscoroutinefunction(function):
        return function

    @wraps(function)
    def run(*arguments):
        return asyncio.run(function(*arguments))

    return run
