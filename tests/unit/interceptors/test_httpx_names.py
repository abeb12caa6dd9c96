"""One module under two names, and clients that are not there."""

from __future__ import annotations

import subprocess
import sys

import pytest

ALIASED = """
import httpx2
httpx2.alias_httpx()
import httpx
assert httpx is httpx2

from api_mocker import interceptors
from api_mocker.interceptors.httpx import seams

before = httpx2.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request
assert seams("httpx") == seams("httpx2")
interceptors.install()
for laid, original in zip((httpx2.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request), before):
    assert laid.__wrapped__ is original, "laid twice, or not at all"
interceptors.uninstall()
assert (httpx2.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request) == before
"""

ALONE = """
import sys
from api_mocker import interceptors
import api_mocker.interceptors.httpx

interceptors.install()
assert not {"httpx", "httpx2", "httpcore", "httpcore2", "anyio"} & set(sys.modules)
import httpx2
assert hasattr(httpx2.HTTPTransport.handle_request, "__wrapped__")
assert "httpx" not in sys.modules
interceptors.uninstall()
assert not hasattr(httpx2.HTTPTransport.handle_request, "__wrapped__")
"""


@pytest.mark.parametrize("code", [ALIASED, ALONE], ids=["alias_httpx", "imported later"])
def test_a_class_is_touched_once_and_only_when_it_is_there(code: str) -> None:
    """Where `alias_httpx()` makes two names one module, it is patched once; nothing is imported for our sake."""
    httpx2 = pytest.importorskip("httpx2")
    if code is ALIASED and not hasattr(httpx2, "alias_httpx"):
        pytest.skip("this release of httpx2 has no alias yet")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
