"""Signed URLs and forms: another moment of signing is no other request, and nothing else is let off."""

from __future__ import annotations

import pytest
from tests.unit.core.made import canonical, request

from api_mocker._core.signed import SIGNED, moments

AWS = (
    "X-Amz-Algorithm=A&X-Amz-Credential=K%2F{day}&X-Amz-Date={day}T1Z&X-Amz-Expires={life}&X-Amz-Signature=s"
)
LINKS = {
    "aws": AWS,
    "google": AWS.replace("Amz", "Goog"),
    "aws v2": "AWSAccessKeyId=K&Signature=s&Expires={day}&list={life}",
    "cloudfront": "Expires={day}&Signature=s&Key-Pair-Id={life}",
    "azure": "sv=1&sr=b&st={day}&se={day}1&sp={life}&sig=s",
}


def url(link: str, day: int, life: int = 60) -> str:
    return f"https://h/file?{LINKS[link].format(day=day, life=life)}".replace(f"K%2F{day}", "K")


@pytest.mark.parametrize("link", LINKS)
def test_the_moment_of_signing_is_left_out(link: str) -> None:
    """The same link, signed again later, is the same request; with any other parameter it is not."""
    one = canonical(request(url(link, 1)))
    assert canonical(request(url(link, 2))).query == one.query
    assert canonical(request(url(link, 1, life=61))).query != one.query


@pytest.mark.parametrize("moment", ["X-Amz-Date=1", "Expires=1", "se=1", "X-Goog-Signature=1&X-Amz-Date=1"])
def test_without_its_signature_a_moment_counts(moment: str) -> None:
    """A parameter of the same name in another URL means what it means."""
    assert (
        canonical(request(f"https://h/?{moment}")).query != canonical(request(f"https://h/?{moment}2")).query
    )


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=X"])
def test_forms_are_signed_as_well(kind: str) -> None:
    """An upload by a signed form can be made again."""

    def body(day: int, key: str = "a") -> object:
        fields = {"key": key, "X-Amz-Date": f"{day}T1Z", "x-amz-signature": "s"}
        if kind.startswith("multipart"):
            part = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
            content = "".join(f"--X\r\n{part.format(*field)}" for field in fields.items()) + "--X--\r\n"
        else:
            content = "&".join(f"{name}={value}" for name, value in fields.items())
        return canonical(request("https://h/", content, content_type=kind)).body.key

    assert body(1) == body(2)
    assert body(1) != body(1, "b")


def test_names_are_found_whatever_their_case() -> None:
    """They come back as they were written."""
    assert moments(["x-amz-date", "X-AMZ-SIGNATURE", "Expires"]) == {"x-amz-date"}
    assert all(name == name.lower() for row in SIGNED.items() for name in (row[0], *row[1]))
