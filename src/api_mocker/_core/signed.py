"""Signed URLs and forms: when they were signed is no part of what they ask for.

The law of this file: a moment is left out only beside the signature that it belongs to. The
signature and the credentials are redacted, and so match whatever is sent; the moment, which they
cover, must not undo that. How long a link is good for is a parameter of its own and is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SIGNED", "moments"]

SIGNED = {
    # AWS Signature Version 4, query parameters and POST fields (Amazon S3 API Reference, "Authenticating Requests")
    "x-amz-signature": ("x-amz-date",),
    # Google Cloud Storage V4 (its documentation, "Signed URLs")
    "x-goog-signature": ("x-goog-date",),
    # S3 Version 2, Google V2, Alibaba OSS, CloudFront: a point in time at which the link expires
    "signature": ("expires",),
    # Azure shared access signatures: start and expiry, of the token and of a delegated key
    "sig": ("st", "se", "skt", "ske"),
}
"""The parameter that holds a signature, and those that say when it was made; in lower case."""


def moments(names: Iterable[str]) -> frozenset[str]:
    """Those of the parameter names `names` that say when the request was signed."""
    known = {name.lower(): name for name in names}
    return frozenset(
        known[moment]
        for signature, row in SIGNED.items()
        if signature in known
        for moment in row
        if moment in known
    )
