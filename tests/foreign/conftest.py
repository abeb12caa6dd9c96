"""Each module is a process of its own to api-mocker, in a project without configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trustme

from api_mocker._session import set_session

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No settings but those of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("here"))
        before = set_session(None)
        yield
        set_session(before)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority of this run."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file by which clients know it; to read the machine's own authorities takes longer than a call."""
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)
