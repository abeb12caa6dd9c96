"""Content codings: taken off so that people can read, put on again so that clients see what was sent."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from random import Random
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]  # it ships no types
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from api_mocker._core import coding_brotli, coding_zlib, coding_zstd
from api_mocker._core.coding import CODINGS, decode, encode, peek
from api_mocker._core.model import Coding
from api_mocker.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def records(count: int) -> bytes:
    random = Random(7)
    return json.dumps(
        [{"id": random.random(), "name": f"user {random.randrange(10**6)}"} for _ in range(count)]
    ).encode()


CONTENTS = {
    "nothing": b"",
    "a byte": b"x",
    "repeats": b'{"id": 1, "name": "abc"}' * 40,
    "a list": records(2_000),
    "noise": Random(1).randbytes(70_000),
    "zeros": bytes(1 << 20),
}


def deflated(content: bytes, level: int, window: int, mem: int, flushed_every: int = 0) -> bytes:
    stream = zlib.compressobj(level, zlib.DEFLATED, window, mem)
    if not flushed_every:
        return stream.compress(content) + stream.flush()
    pieces = (content[at : at + flushed_every] for at in range(0, len(content), flushed_every))
    return (
        b"".join(stream.compress(piece) + stream.flush(zlib.Z_SYNC_FLUSH) for piece in pieces)
        + stream.flush()
    )


def zstd(
    content: bytes, level: int, *, checksum: bool = False, size: bool = True, stream: bool = False
) -> bytes:
    compressor = zstandard.ZstdCompressor(level, write_checksum=checksum, write_content_size=size)
    if stream:
        streaming = compressor.compressobj()
        return streaming.compress(content) + streaming.flush()
    return compressor.compress(content)


def restored(coded: bytes, name: str, content: bytes) -> str:
    """The recipe by which exactly these coded bytes come back."""
    found = decode(coded, name)
    assert found is not None
    assert found[0] == content
    assert found[1].name == name
    assert encode(*found) == coded
    assert found[1].recipe
    return found[1].recipe


@pytest.mark.parametrize("what", CONTENTS)
@pytest.mark.parametrize("level", range(1, 10))
def test_what_zlib_makes_comes_back_exactly(what: str, level: int) -> None:
    """gzip, deflate and bare deflate of every level, with the memory that servers give them, are restored."""
    content = CONTENTS[what]
    for mem in (8, 9):
        restored(deflated(content, level, 31, mem), "gzip", content)
        restored(deflated(content, level, 15, mem), "deflate", content)
        restored(deflated(content, level, -15, mem), "deflate", content)
    restored(gzip.compress(content, level), "x-gzip", content)


@settings(deadline=None, max_examples=50)
@given(
    content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode),
    level=st.integers(-1, 9),
    window=st.integers(9, 15),
    mem=st.sampled_from([8, 9]),
)
def test_any_small_content_comes_back_exactly(content: bytes, level: int, window: int, mem: int) -> None:
    """Whatever is coded with zlib, at any level and with any window that its header tells, is restored."""
    restored(deflated(content, level, window, mem), "deflate", content)
    restored(gzip.compress(content, max(level, 0), mtime=level), "gzip", content) if level >= 0 else None


@pytest.mark.parametrize("length", [1, 200, 300, 3_000, 20_000])
def test_what_nginx_makes_comes_back_exactly(length: int) -> None:
    """Where nginx knows the length, it shrinks zlib's window and memory to it: that is restored too."""
    content = records(400)[:length]
    mem, window = 8, 15
    while length < (1 << (window - 1)) - 262:
        mem, window = mem - 1, window - 1
    restored(deflated(content, 1, 16 + window, mem), "gzip", content)


def test_what_apache_makes_comes_back_exactly() -> None:
    """More memory for zlib, as Apache gives it, makes other bytes of a long content: they are restored."""
    content = records(6_000)
    coded = deflated(content, 6, 31, 9)
    assert coded != deflated(content, 6, 31, 8)
    assert restored(coded, "gzip", content) == "level=6 mem=9"


@pytest.mark.parametrize("every", [1_000, 40_000])
@pytest.mark.parametrize(("name", "window"), [("gzip", 31), ("deflate", 15), ("deflate", -15)])
def test_flushed_streams_come_back_exactly(name: str, window: int, every: int) -> None:
    """A server that flushes after each event has its flushes restored, at the sizes they came after."""
    content = records(2_000)[:100_000]
    recipe = restored(deflated(content, 6, window, 8, every), name, content)
    assert f"flush={every},{every}" in recipe


def test_headers_of_gzip_are_kept() -> None:
    """A file name, a time, a comment and extra fields in the header come back as they were."""
    stream = deflated(b"content", 6, -15, 8)
    trailer = gzip.compress(b"content")[-8:]
    header = b"\x1f\x8b\x08\x1c\x01\x02\x03\x04\x00\x07" + b"\x03\x00abc" + b"name\x00" + b"comment\x00"
    assert restored(header + stream + trailer, "gzip", b"content") == f"level=6 header={header.hex()}"


@pytest.mark.parametrize(
    ("coded", "name", "recipe"),
    [
        (deflated(CONTENTS["a list"], 6, 31, 8), "gzip", "level=6"),
        (deflated(CONTENTS["a list"], 5, 13, 8), "deflate", "level=5 window=13"),
        (deflated(CONTENTS["a list"], 1, -15, 8), "deflate", "level=1 header=none"),
        (brotli.compress(CONTENTS["a list"], quality=4, lgwin=19), "br", "quality=4 window=19"),
        (brotli.compress(CONTENTS["a list"], mode=brotli.MODE_TEXT), "br", "quality=11"),
        (zstd(CONTENTS["a list"], 1, checksum=True), "zstd", "level=1 checksum=1"),
        (zstd(CONTENTS["a list"], 7, size=False, stream=True), "zstd", "level=7 size=0 stream=1"),
    ],
)
def test_recipes_are_short_and_stable(coded: bytes, name: str, recipe: str) -> None:
    """A recipe names what differs from the default; these lines stand in files that people keep."""
    assert restored(coded, name, CONTENTS["a list"]) == recipe
    assert encode(CONTENTS["a list"], Coding(name, recipe)) == coded


@pytest.mark.parametrize("what", ["nothing", "a byte", "repeats", "a list"])
@pytest.mark.parametrize("quality", range(12))
def test_what_brotli_makes_comes_back_exactly(what: str, quality: int) -> None:
    """Brotli of every quality, with the windows and modes that servers use, is restored."""
    content = CONTENTS[what]
    for window in (18, 19, 22, 24):
        restored(brotli.compress(content, quality=quality, lgwin=window), "br", content)
    restored(brotli.compress(content, mode=brotli.MODE_TEXT, quality=quality), "br", content)


@pytest.mark.parametrize("what", ["nothing", "a byte", "repeats", "a list"])
@pytest.mark.parametrize("level", [-1, 1, 2, 3, 5, 9, 12, 15, 19, 22])
def test_what_zstandard_makes_comes_back_exactly(what: str, level: int) -> None:
    """Zstandard of any level, with and without checksum and size, is restored."""
    content = CONTENTS[what]
    for checksum in (False, True):
        for size in (False, True):
            restored(zstd(content, level, checksum=checksum, size=size), "zstd", content)
    if level < 12:
        restored(zstd(content, level, stream=True), "zstd", content)


@pytest.mark.parametrize("library", ["compression.zstd", "backports.zstd", "zstandard"])
def test_each_library_for_zstandard_does_the_same(library: str) -> None:
    """Python's own module, its backport and zstandard read each other's frames by the same recipes."""
    module = pytest.importorskip(library)
    make: Callable[[object], coding_zstd._Library] = (
        coding_zstd._zstandard_library if library == "zstandard" else coding_zstd._python_library
    )
    own = make(module)
    content = CONTENTS["a list"]
    for chosen in ({}, {"checksum": 1}, {"size": 0}, {"size": 0, "stream": 1}):
        coded = own.compress(content, {**coding_zstd._DEFAULTS, **chosen})
        assert own.decompressor().decompress(coded) == content
        expected = {name: chosen.get(name, default) for name, default in coding_zstd._DEFAULTS.items()}
        assert next(
            settings for settings in coding_zstd._guesses(coded, len(content)) if settings == expected
        )


@settings(deadline=None)
@given(content=st.binary(max_size=2_000), name=st.sampled_from(sorted(CODINGS)))
def test_without_a_recipe_the_content_comes_back(content: bytes, name: str) -> None:
    """Coded with no recipe, the bytes are the same every time, and a client reads the content from them."""
    coded = encode(content, Coding(name))
    assert coded == encode(content, Coding(name))
    found = decode(coded, name)
    assert found is not None
    assert found[0] == content


def test_a_recipe_codes_other_content_too() -> None:
    """A body that was edited or redacted is coded after the recipe of the one that was recorded."""
    recipes: Sequence[tuple[str, str]] = [
        ("gzip", "level=9 header=1f8b080000f1536502ff flush=10,5000,1000000000000"),
        ("deflate", "level=1 mem=9 header=none"),
        ("br", "quality=11 window=18"),
        ("zstd", "level=19 checksum=1"),
    ]
    for name, recipe in recipes:
        found = decode(encode(b"other content", Coding(name, recipe)), name)
        assert found is not None
        assert found[0] == b"other content"


def test_streams_of_other_compressors_are_read_without_a_recipe() -> None:
    """Where no settings make the same bytes, the content is given and the recipe is empty."""
    content = CONTENTS["a list"]
    assert decode(deflated(content, 6, 31, 3), "gzip") == (content, Coding("gzip"))
    half = brotli.Compressor(quality=5)
    coded = half.process(content[:1_000]) + half.flush() + half.process(content[1_000:]) + half.finish()
    assert decode(coded, "br") == (content, Coding("br"))
    flushing = zstandard.ZstdCompressor().compressobj()
    pieces = (content[:1_000], content[1_000:])
    blocks = [
        flushing.compress(piece) + flushing.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for piece in pieces
    ]
    assert decode(b"".join(blocks) + flushing.flush(), "zstd") == (content, Coding("zstd"))


REPEATS = CONTENTS["repeats"]
WHOLE = {
    "gzip": gzip.compress(REPEATS, mtime=0),
    "deflate": zlib.compress(REPEATS),
    "br": brotli.compress(REPEATS),
    "zstd": zstd(REPEATS, 3, checksum=True),
}


UPLOADS = {
    "nothing": b"0\r\n\r\n",
    "one": b"5\r\nhello\r\n0\r\n\r\n",
    "a checksum": b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
    "three": b"2\r\nhe\r\n2\r\nll\r\n1\r\no\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
    "big": b"100000\r\n%b\r\n1\r\nx\r\n0\r\n\r\n" % bytes(1 << 20),
}


@pytest.mark.parametrize("upload", UPLOADS)
def test_an_upload_to_s3_is_freed_of_its_frame(upload: str) -> None:
    """What the SDK was given is stored, and the recipe frames it again, checksum and all."""
    found = decode(UPLOADS[upload], "aws-chunked")
    assert found is not None
    assert found[0] in (b"", b"hello", bytes(1 << 20) + b"x")
    assert encode(*found) == UPLOADS[upload]


@pytest.mark.parametrize(
    "coded",
    [
        b"",
        b"hello",
        b"5\r\nhello\r\n",
        b"5\r\nhello\r\n0\r\n\r\nx",
        b"6\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello..0\r\n\r\n",
        b"05\r\nhello\r\n0\r\n\r\n",
        b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        b"5;chunk-signature=ab\r\nhello\r\n0;chunk-signature=cd\r\n\r\n",
        b"0\r\na: b\r\n\r\n",
    ],
)
def test_an_upload_in_another_frame_is_declined(coded: bytes) -> None:
    """Damage, chunks of odd sizes and chunks that are signed are left as they came."""
    assert decode(coded, "aws-chunked") is None


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_not_one_whole_stream_is_declined(name: str) -> None:
    """Nothing, a part, something behind the end, two streams and damage are left as they came."""
    whole = WHOLE[name]
    assert decode(whole, name) is not None
    for coded in (
        b"",
        whole[:-1],
        whole[: len(whole) // 2],
        whole[:1],
        whole + b"x",
        whole + whole,
        b"hello",
        REPEATS,
    ):
        assert decode(coded, name) is None


@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd"])
def test_a_wrong_checksum_is_declined(name: str) -> None:
    """A body whose checksum is wrong fails in the client, and must do so on replay."""
    whole = WHOLE[name]
    assert decode(whole[:-1] + bytes([whole[-1] ^ 1]), name) is None


@settings(deadline=None, max_examples=300)
@given(data=st.binary(max_size=60), name=st.sampled_from(sorted(CODINGS)), start=st.booleans())
def test_no_data_are_too_broken_to_be_declined(data: bytes, name: str, start: bool) -> None:
    """Any bytes under any coding are declined or read, and never raise."""
    prefix = WHOLE.get(name.removeprefix("x-"), UPLOADS["one"])[:12] if start else b""
    found = decode(prefix + data, name)
    assert found is None or not found[1].recipe or encode(*found) == prefix + data


@pytest.mark.parametrize("name", ["identity", "compress", "gzip, br", "br,gzip", "", "foo"])
def test_other_codings_are_declined(name: str) -> None:
    """A coding that is unknown, and several on top of each other, are left as they came."""
    assert decode(WHOLE["gzip"], name) is None


CODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("name", CODED)
@pytest.mark.parametrize("harm", ["cut", "broken"])
def test_what_is_not_whole_is_looked_into_as_far_as_it_goes(name: str, harm: str) -> None:
    """Of data that were cut or broken off in noise, what stands before is seen, in every coding."""
    content = Random(3).randbytes(200_000).hex().encode()
    coded = CODED[name](content)
    found = peek(coded[:-9] if harm == "cut" else coded[: -len(coded) // 5] + bytes([255] * 500), name)
    assert decode(coded[:-9], name) is None
    assert found is not None
    assert content.startswith(found[:20_000])
    assert len(found) >= 20_000


@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd"])
def test_all_streams_that_follow_each_other_are_looked_into(name: str) -> None:
    """Streams behind the first one are seen as well, and what follows them and is none is passed over."""
    parts = [b"first" * 3000, b"second", bytes(200_000), b"last"]
    assert peek(b"".join(map(CODED[name], parts)) + b"\0garbage", name) == b"".join(parts)


def test_codings_that_are_stacked_are_taken_off_in_turn() -> None:
    """The last one named was put on last; `encode` puts them on again in the order of their names."""
    coded = gzip.compress(brotli.compress(b"content"))
    assert peek(coded, "BR , gzip") == b"content"
    assert peek(encode(b"content", Coding("br, gzip")), "br, gzip") == b"content"
    assert gzip.decompress(encode(b"content", Coding("br, gzip"))) == brotli.compress(b"content", quality=5)


@pytest.mark.parametrize(
    ("coded", "names"),
    [
        (b"x", "klingon"),
        (gzip.compress(b"x", mtime=0), "klingon, gzip"),
        (gzip.compress(b"x", mtime=0), "br, gzip"),
        (b"plain text", "gzip"),
        (b"plain text", "br"),
        (b"plain text", "zstd"),
        (b"", "gzip"),
        (gzip.compress(b"x", mtime=0)[:5], "gzip"),
        (b"4\r\nabcd\r\n0\r\n", "aws-chunked"),
    ],
)  # fmt: skip
def test_where_nothing_is_to_be_seen_there_is_nothing(coded: bytes, names: str) -> None:
    """An unknown coding, another one than was named, or no content at all give None."""
    assert peek(coded, names) is None


def test_looking_into_a_bomb_ends() -> None:
    """What would be gigabytes is looked into for about as long as is harmless."""
    for name, rule in (("gzip", coding_zlib), ("br", coding_brotli), ("zstd", coding_zstd)):
        coded = CODED[name](bytes(64 << 20))
        assert 1 << 20 <= len(rule.begun(coded, 1 << 20)) <= 33 << 20  # one piece of zstd may hold 32
        assert len(rule.begun(coded, 1 << 30)) == 64 << 20


def test_names_are_read_as_headers_give_them() -> None:
    """Case and white space around the name do not matter."""
    found = decode(WHOLE["gzip"], " GZip ")
    assert found is not None
    assert found[1].name == "gzip"


QUICK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 6),
    "deflate": lambda data: zlib.compress(data, 6),
    "br": lambda data: brotli.compress(data, quality=1),
    "zstd": lambda data: zstd(data, 1),
}


@pytest.mark.parametrize("name", WHOLE)
def test_bombs_are_declined(name: str) -> None:
    """A few kilobytes that would grow beyond 8 MiB are left as they came."""
    content = bytes(9 << 20)
    assert decode(QUICK[name](content), name) is None


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_large_and_no_bomb_is_read(name: str) -> None:
    """Beyond 8 MiB, what grows a hundred times is read, and nothing may follow it there, either."""
    chance = Random(1)
    content = b"".join(chance.randbytes(1000) + bytes(120_000) for _ in range(80))
    coded = QUICK[name](content)
    found = decode(coded, name)
    assert found is not None
    assert found[0] == content
    assert decode(coded + b"x", name) is None
    assert decode(coded[:-1], name) is None
    assert decode(QUICK[name](content + bytes(30 << 20)), name) is None


def test_stacked_codings_grow_no_more_than_one() -> None:
    """What is looked at of a bomb in a bomb is what the outer bytes may grow to."""
    bomb = gzip.compress(gzip.compress(bytes(60 << 20), 6), 6)
    looked = peek(bomb, "gzip, gzip")
    assert looked is not None
    assert 8 << 20 <= len(looked) <= 13 << 20


def test_what_grows_without_being_a_bomb_is_read() -> None:
    """Five megabytes of zeros are an odd body, and a small one: they are read."""
    content = bytes(5 << 20)
    restored(gzip.compress(content, 6), "gzip", content)


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("gzip", "level=6 colour=red"),
        ("gzip", "level"),
        ("gzip", "level=six"),
        ("gzip", "level=77"),
        ("gzip", "level=6 window=99"),
        ("gzip", "level=6 header=xyz"),
        ("gzip", "level=6 flush=1,x"),
        ("deflate", "level=6 mem=0"),
        ("br", "quality=99"),
        ("br", "quality=5 mode=text"),
        ("br", "quality=5 window=1"),
        ("zstd", "level=100000000000"),
        ("zstd", "level=100"),
    ],
)
def test_a_broken_recipe_is_refused_in_plain_words(name: str, recipe: str) -> None:
    """A recipe that was edited into something else is quoted, not guessed at."""
    with pytest.raises(ValueError, match=f"the recipe '{recipe}'"):
        encode(b"content", Coding(name, recipe))


def test_an_unknown_coding_is_named() -> None:
    """Coding something in a way that nobody knows is refused together with the ways that are known."""
    with pytest.raises(
        UsageError, match="no content coding 'foo'; there are gzip, x-gzip, deflate, br, zstd"
    ):
        encode(b"content", Coding("foo"))


@pytest.mark.parametrize(
    ("name", "absent", "package"),
    [
        ("br", ("brotli", "brotlicffi"), "brotli"),
        ("zstd", ("compression.zstd", "backports.zstd", "zstandard"), "backports-zstd"),
    ],
)
def test_a_missing_library_is_named(name: str, absent: tuple[str, ...], package: str) -> None:
    """Without its library a coding is left alone while recording, and replaying says what to install."""
    script = f"""
import sys
sys.modules.update(dict.fromkeys({absent!r}))
from api_mocker._core.coding import decode, encode
from api_mocker._core.model import Coding
assert decode({WHOLE[name]!r}, {name!r}) is None
try:
    encode(b"content", Coding({name!r}))
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("UsageError ")
    assert f"pip install {package}" in done.stdout


def test_libraries_are_imported_when_such_a_coding_turns_up() -> None:
    """Reading gzip loads neither the files nor the libraries of the other codings."""
    script = f"""
import sys
from api_mocker._core.coding import decode
assert decode({WHOLE["gzip"]!r}, "gzip")
print([name for name in sys.modules if "brotli" in name or "zst" in name])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
