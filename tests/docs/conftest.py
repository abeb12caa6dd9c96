"""The services of the examples, with a certificate authority of this run."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from tests.docs.story import Story
from tests.docs.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """What the services show to clients, and the file by which clients know them."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("*.example.com").configure_cert(context)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return context, str(file)


@pytest.fixture
def world(authority: tuple[ssl.SSLContext, str]) -> Iterator[World]:
    """The services, nobody having asked them for anything yet."""
    world = World(*authority)
    yield world
    world.close()


@pytest.fixture
def story(tmp_path: Path, world: World) -> Story:
    """An empty project, in a folder whose name does not change."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Story(folder, world)
