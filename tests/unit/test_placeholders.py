"""Placeholders: recognised wherever they come back, and numbers as numbers."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus
from uuid import UUID

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._core import placeholders
from api_mocker._core.placeholders import (
    PLACEHOLDER,
    highest,
    holds_placeholder,
    is_placeholder,
    is_stand_in,
    name_for,
    number_kind,
    placeholder,
    quoted,
    renumbered,
    stand_in,
    text_kind,
    unquoted,
    without_numbers,
)

NAMES = st.text(max_size=80).map(name_for)
NUMBERS = st.integers(1, 10**6)


@given(st.text(max_size=80), NUMBERS)
def test_every_field_name_gives_a_placeholder_of_the_grammar(field: str, number: int) -> None:
    """Whatever a field is called, its placeholder follows the one grammar."""
    match = PLACEHOLDER.fullmatch(placeholder(name_for(field), number))
    assert match is not None
    assert int(match[2]) == number


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("access_token", "access_token"),
        ("X-Api-Key", "x-api-key"),
        ("user[pass word]", "user-pass-word"),
        ("é", "secret"),
    ],
)
def test_the_name_is_the_fields_own(field: str, name: str) -> None:
    """A reader recognises the field in the placeholder."""
    assert name_for(field) == name


@given(NAMES, NUMBERS, st.sampled_from(["", "x", "ab", "user:"]))
def test_a_placeholder_is_found_in_every_encoding(name: str, number: int, before: str) -> None:
    """Plain, percent-encoded (also twice, also with ':' left alone), escaped by JSON, HTML or base64."""
    plain = placeholder(name, number)
    forms = [
        plain,
        quote(plain, safe=""),
        quote(plain, safe=":"),
        quote_plus(quote_plus(plain)),
        quote(plain).replace("%3C", "%3c"),
        plain.replace("<", "\\u003c").replace(">", "\\u003E"),
        plain.replace("<", "&lt;").replace(">", "&gt;"),
    ]
    for form in forms:
        assert is_placeholder(form), form
        assert holds_placeholder(before + form)
        assert holds_placeholder((before + form).encode())
    assert holds_placeholder(base64.b64encode((before + plain).encode()))


@given(st.binary(max_size=200))
def test_bytes_without_one_hold_none(data: bytes) -> None:
    """Random bytes hold no placeholder."""
    assert not holds_placeholder(data.replace(b"redacted", b""))


@pytest.mark.parametrize(
    "text", ["<redacted:Token:1>", "<redacted:a:0>", "<redacted:a>", "<redacted::1>", "redacted:a:1"]
)
def test_what_looks_alike_is_none(text: str) -> None:
    """Only the exact grammar counts."""
    assert not is_placeholder(text)


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,3})?", fullmatch=True), st.integers(1, 9_999))
def test_a_stand_in_is_a_number_of_the_same_length_class(token: str, number: int) -> None:
    """Its length says whether a 32-bit integer held the original; both are exact in a float."""
    kind = number_kind(token)
    mask = stand_in(kind, number, token)
    value = json.loads(mask)
    assert is_stand_in(mask)
    assert type(value) is type(json.loads(token))
    assert mask.startswith("-") == token.startswith("-")
    value = abs(value)
    digits = len(token.lstrip("-").split(".")[0])
    assert value < 2**31 if digits <= 9 else 2**31 < value < 2**53
    assert int(float(value)) == value


@pytest.mark.parametrize("token", ["-12", "12.75", "-1234567890.5", "1e5"])
def test_sign_and_point_of_a_stand_in(token: str) -> None:
    """They are read with it, counted and numbered as the rest; recordings without them are the same to matching."""
    kind = number_kind(token)
    mask = stand_in(kind, 3, token)
    assert highest(f'{{"a":{mask}}}') == {kind: 3}
    assert renumbered(f"[{mask}]", {(kind, 3): 8}) == f"[{stand_in(kind, 8, token)}]"
    assert without_numbers(f"[{mask}]") == without_numbers(f"[{stand_in(kind, 7)}]")
    assert not is_stand_in(f"{stand_in(kind, 3)}.5")
    assert not is_stand_in(f"{stand_in(kind, 3)}.05")


def test_beyond_the_reserved_range_the_last_stand_in_is_shared() -> None:
    """No stand-in leaves the range by which it is recognised."""
    assert stand_in("number:9", 10**9) == stand_in("number:9", 9_999)
    assert is_stand_in(stand_in("number:16", 10**12))


def test_only_unmistakable_stand_ins_count_as_placeholders() -> None:
    """A nine-digit number may be real: a request that holds one is not refused for it."""
    assert holds_placeholder(f'{{"id":{stand_in("number:16", 3)}}}')
    assert not holds_placeholder(f'{{"id":{stand_in("number:9", 3)}}}')


def test_the_highest_number_of_each_name() -> None:
    """New numbers go on after those that a file holds."""
    text = (
        f"<redacted:a:2> <redacted:b:1> <redacted:a:11> {stand_in('number:9', 7)} {stand_in('number:9', 5)}"
    )
    assert highest(text) == {"a": 11, "b": 1, "number:9": 7}


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b.c", "number:9"]), st.integers(1, 50)), max_size=6), st.data()
)
def test_renumbering_swaps_all_at_once(marks: list[tuple[str, int]], data: st.DataObject) -> None:
    """Each old number becomes its new one, whatever other numbers become meanwhile; the rest stays."""

    def text(pairs: list[tuple[str, int]]) -> str:
        return " ".join(stand_in(*pair) if ":" in pair[0] else placeholder(*pair) for pair in pairs)

    keys = sorted(set(marks))
    mapping = {key: data.draw(st.integers(1, 50)) for key in keys[:3]}
    assert renumbered(text(marks), mapping) == text([(key[0], mapping.get(key, key[1])) for key in marks])


@given(NAMES, NUMBERS, NUMBERS)
def test_numbers_can_be_left_out(name: str, one: int, other: int) -> None:
    """Texts that differ only in N are equal without it; other differences stay."""
    kind = "number:16"
    left = f'{{"a":"{placeholder(name, one)}","n":{stand_in(kind, one)}}}'
    right = f'{{"a":"{placeholder(name, other)}","n":{stand_in(kind, other)}}}'
    assert without_numbers(left) == without_numbers(right)
    assert json.loads(without_numbers(left))["n"] == 9_000_909_090_900_000
    assert without_numbers(left) != without_numbers(left.replace("redacted:", "redacted:x"))


@given(NAMES, NUMBERS, st.text(max_size=20))
def test_encoded_placeholders_return_to_the_plain_form(name: str, number: int, other: str) -> None:
    """What a client percent-encodes is read back, and nothing else is touched."""
    plain = placeholder(name, number)
    rest = quote(other).replace("redacted", "")
    for encoded in (quote(plain), quote(plain, safe=":"), quoted(plain)):
        assert unquoted(f"/{rest}?t={encoded}") == f"/{rest}?t={plain}"
    assert unquoted(rest) == rest


def test_everything_public_is_named() -> None:
    """`__all__` names what there is."""
    assert all(hasattr(placeholders, name) for name in placeholders.__all__)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("7f1b6c1e-9d5b-4c38-8f4e-2b8f6c1e9d5b", "uuid:4"),
        ("7F1B6C1E-9D5B-1C38-8F4E-2B8F6C1E9D5B", "uuid:4"),
        ("ada.l+x@mail.example.org", "email:1"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N", "jwt:3"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0.", "jwt:3"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0", None),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N", None),
        ("7f1b6c1e9d5b4c388f4e2b8f6c1e9d5b", None),
        ("urn:uuid:7f1b6c1e-9d5b-4c38-8f4e-2b8f6c1e9d5b", None),
        ("ada@localhost", None),
        ("to ada@example.org", None),
        ("user:p@ss.word", None),
    ],
)
def test_texts_that_have_a_kind(value: str, kind: str | None) -> None:
    """As a whole, and in the forms that validators take."""
    assert text_kind(value) == kind


@given(st.sampled_from(["uuid:4", "email:1", "jwt:3"]), st.integers(1, 10**9))
def test_a_stand_in_for_a_text_is_of_its_kind(kind: str, number: int) -> None:
    """And known again: as itself, percent-encoded, in the middle of a text; and its number can be changed."""
    mask = stand_in(kind, number)
    assert text_kind(mask) == kind
    for written in (mask, quote(mask, safe="")):
        assert is_placeholder(written)
        assert not is_stand_in(written)
        assert holds_placeholder(f"see {written}, or {written}.")
        assert highest(f"see {written}.") == {kind: number}
        assert without_numbers(written) == without_numbers(
            quote(stand_in(kind, 7), safe="") if "%" in written else stand_in(kind, 7)
        )
        assert (
            renumbered(f"a {written} b", {(kind, number): 3}).replace("%40", "@")
            == f"a {stand_in(kind, 3)} b"
        )
        assert renumbered(written, {(kind, number + 1): 3}) == written
    if kind == "uuid:4":
        assert UUID(mask).version == 4
    if kind == "jwt:3":
        assert jwt.decode(mask, options={"verify_signature": False, "verify_exp": True})["sub"] == "redacted"


def test_what_only_looks_like_a_stand_in() -> None:
    """A longer text, another domain."""
    for text in (
        "x5ec2e700-0000-4000-8000-000000000001",
        "redacted-1@example.com.org",
        "redacted-x@example.com",
        f"{stand_in('jwt:3', 1)}x",
        stand_in("jwt:3", 1)[1:],
    ):
        assert not is_placeholder(text)
        assert not holds_placeholder(text)
