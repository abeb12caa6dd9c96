"""urllib3, and all that rides on it: requests, botocore, and every SDK that uses either.

The seam is the connection's own ``request`` and ``getresponse``, below redirects, `Retry`, pools,
proxies, cookies and decoding, which all run for real. How it is done is told in
``_urllib3_seams``, which is loaded when urllib3 is; this file is what can be asked without it.

Not supported, and said so: urllib3's HTTP/2 and Emscripten connections, urllib3-future (which takes
the name of urllib3), and HTTPS connection classes that override ``connect``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._seam import Seam

__all__ = ["CLIENTS", "seams"]

CLIENTS: Mapping[str, str] = {"urllib3": "2.0.2"}
"""The import names served here, each with its oldest supported release."""


def seams(client: str) -> tuple[Seam, ...]:  # noqa: ARG001 - one name, one module
    """The seams of the module imported as `client`; UsageError where that is not urllib3."""
    from ._urllib3_seams import seams as found

    return found()
