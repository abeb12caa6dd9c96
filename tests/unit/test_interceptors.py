"""Laying the seams: when, into what, and how they come out again. Each in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

INSTALL = "from api_mocker.interceptors import install, uninstall\n"
STATE = """
import sys
def laid():
    import httpx, urllib3.connection
    owners = httpx.HTTPTransport.handle_request, urllib3.connection.HTTPConnection.request
    return ["api_mocker" in owner.__code__.co_filename for owner in owners]
"""


def fresh(code: str) -> str:
    """What a new interpreter prints for `code`."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_client_imported_later_is_intercepted() -> None:
    """What nobody has imported yet is not imported by us, and is intercepted when it is."""
    code = INSTALL + STATE + "install(); print('httpx' in sys.modules, 'urllib3' in sys.modules, laid())"
    assert fresh(code) == "False False [True, True]"


def test_a_client_imported_before_is_intercepted() -> None:
    """Clients that are there already are stepped into at once."""
    assert fresh(INSTALL + STATE + "laid(); install(); print(laid())") == "[True, True]"


def test_the_last_uninstall_steps_out() -> None:
    """Installing is counted; the clients come out as they went in, and later imports are left alone."""
    code = (
        INSTALL
        + STATE
        + "laid(); install(); install(); uninstall(); print(laid()); uninstall(); print(laid())"
    )
    assert fresh(code).split("\n") == ["[True, True]", "[False, False]"]
    assert fresh(INSTALL + STATE + "install(); uninstall(); print(laid(), len(sys.meta_path))").startswith(
        "[False, False]"
    )


def test_a_missing_client_is_no_trouble() -> None:
    """Nothing is asked of clients that are not installed."""
    hidden = "import sys; sys.modules['httpx2'] = None; sys.modules['httpx'] = None\n"
    assert fresh(hidden + INSTALL + "install(); uninstall(); print('fine')") == "fine"


@pytest.mark.parametrize("moved", ["HTTPTransport", "AsyncHTTPTransport"])
def test_a_seam_that_moved_is_an_error(moved: str) -> None:
    """A release that has no such method is named with its version, and nothing stays half laid."""
    method = "handle_async_request" if moved.startswith("Async") else "handle_request"
    code = (
        INSTALL
        + STATE
        + f"import httpx\nfrom api_mocker import UsageError\ndel httpx.{moved}.{method}\n"
        + "try: install()\nexcept UsageError as error: print(error)\n"
        + "print(sys.meta_path[0], 'api_mocker' in __import__('urllib3').connection.HTTPConnection.request.__code__.co_filename)"
    )
    text, _, after = fresh(code).rpartition("\n")
    assert f"has no {moved}.{method}" in text
    assert "httpx 0." in text
    assert "api_mocker" not in after
    assert after.endswith("False")
