"""What users may rely on: the public names, no fewer and no more."""

from __future__ import annotations

import re
from importlib import metadata
from types import ModuleType

import pytest

import api_mocker
from api_mocker import exceptions

PUBLIC = {
    *("Cassette", "use_cassette"),
    *("Call", "Mocker", "Reply", "Route", "mock", "reply"),
    *("Headers", "Interaction", "RecordMode", "Request", "Response"),
    "matcher",
    *exceptions.__all__,
}


def test_the_public_names() -> None:
    """`__all__` is this list, in alphabetical order, each name once."""
    assert set(api_mocker.__all__) == PUBLIC
    assert api_mocker.__all__ == sorted(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_each_public_name_is_there(name: str) -> None:
    """A public name can be had, is listed by dir(), and says in its docstring what it is."""
    value = getattr(api_mocker, name)
    assert name in dir(api_mocker)
    assert value.__doc__


def test_nothing_else_looks_public() -> None:
    """Whatever stands in the package without an underscore is public, or a submodule."""
    standing = {name for name, value in vars(api_mocker).items() if not isinstance(value, ModuleType)}
    assert {name for name in standing if not name.startswith("_")} <= PUBLIC | {
        "annotations",
        "TYPE_CHECKING",
    }


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelt name fails as on any module."""
    with pytest.raises(AttributeError, match=re.escape("module 'api_mocker' has no attribute 'use_casette'")):
        api_mocker.use_casette  # noqa: B018  # the look-up is the test


def test_the_version_is_the_distributions() -> None:
    """`__version__` is what the installed metadata says."""
    assert api_mocker.__version__ == metadata.version("api-mocker")


@pytest.mark.parametrize("name", sorted({*exceptions.__all__} - {"ApiMockerWarning"}))
def test_every_exception_has_one_root(name: str) -> None:
    """Catching ApiMockerError catches whatever api-mocker raises on purpose."""
    assert issubclass(getattr(exceptions, name), api_mocker.ApiMockerError)
