"""Cassettes on disk: read whole or not at all, replaced whole or left alone, byte for byte."""

from __future__ import annotations

import errno
import os
import re
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.interactions import interaction, interactions

from api_mocker._storage import files, schema
from api_mocker._storage.emit import emit
from api_mocker._storage.files import CassetteFile, bodies_folder, save, state_folder
from api_mocker._storage.naming import STATE_FOLDER
from api_mocker._storage.replacing import reason
from api_mocker._storage.waiting import put_aside
from api_mocker.exceptions import (
    CassetteBusy,
    CassetteError,
    CassetteTooNew,
    CassetteUnreadable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api_mocker._core.cassette import Entry
    from api_mocker._core.model import Interaction

HEAD = emit(schema.header("tests/test_a.py::test_b"))
BIG = bytes(range(256)) * 600  # over the threshold of a file of its own


def kept(
    path: Path,
    items: Sequence[Interaction | Entry],
    opened: CassetteFile | None = None,
    *,
    append: bool = False,
) -> None:
    """Saves a cassette; locks live beside it."""
    save(path, opened.head if opened else HEAD, items, opened=opened, root=path.parent, append=append)


def held(path: Path) -> list[Interaction]:
    """All that a cassette holds, every document parsed."""
    return [entry.interaction for entry in CassetteFile(path).entries()]


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for the state that is nobody's business."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and STATE_FOLDER not in path.parts
    }


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """A cassette of two interactions."""
    path = tmp_path / "c.yaml"
    kept(path, [interaction("https://h/a", b"x"), interaction("https://h/b")])
    return path


@settings(deadline=None, max_examples=40)
@given(st.lists(interactions, max_size=4))
def test_what_is_saved_is_loaded(tmp_path_factory: pytest.TempPathFactory, items: list[Interaction]) -> None:
    """Through a real file every interaction comes back equal, and saving what was read changes no byte."""
    path = tmp_path_factory.mktemp("round") / "c.yaml"
    kept(path, items)
    assert held(path) == items
    before = path.read_bytes()
    opened = CassetteFile(path)
    kept(path, [*opened.entries()], opened)
    assert path.read_bytes() == before
    assert opened.test == "tests/test_a.py::test_b"


def unreadable(path: Path, *said: str, line: int | None = None) -> None:
    """Reading it is an error that names the file and says this; the file is left alone."""
    before = everything(path.parent)
    with pytest.raises(CassetteUnreadable) as caught:
        held(path)
    assert caught.value.path == path
    assert str(caught.value).startswith(str(path))
    for piece in said:
        assert piece in str(caught.value)
    if line is not None:
        assert caught.value.line == line
        assert f"{path}:{line}: " in str(caught.value)
    assert everything(path.parent) == before


BAD: dict[str, tuple[bytes, str, int | None]] = {
    "empty": (b"", "the file is empty", None),
    "blank": (b"\n\n", "the document is empty", 1),
    "binary": (bytes(range(256)), "not UTF-8 text", 2),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(64), "", 1),
    "not UTF-8": (b"cassette: 1\ntest: \xff\n...\n", "not UTF-8", 2),
    "no YAML": (b"cassette: [1\n...\n", "not valid YAML", None),
    "JSON": (b'{"log": {"version": "1.2"}}', "this is no cassette", 1),
    "docker-compose": (
        b"services:\n  web:\n    image: nginx\n    ports: ['80:80']\n",
        "this is no cassette: its first document has no key 'cassette'",
        1,
    ),
    "vcrpy": (b"interactions:\n- request:\n    body: null\nversion: 1\n", "this is no cassette", 1),
    "a list": (b"- 1\n- 2\n", "a document must be a mapping", 1),
    "a text": (b"hello\n", "a document must be a mapping", 1),
    "no version": (b"cassette: one\n...\n", "cassette must be a whole number", 1),
    "a version before the first": (
        b"cassette: 0\n...\n",
        "there is no format version 0: the first one is 1",
        1,
    ),
    "an unknown key in the header": (b"cassette: 1\ntset: x\n...\n", "did you mean 'test'", 2),
    "a key twice in the header": (b"cassette: 1\ncassette: 1\n...\n", "the key 'cassette' stands twice", 2),
    "no end": (b"cassette: 1\n", "does not end with '...'", None),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_cassette(tmp_path: Path, name: str) -> None:
    """Whatever it is, it is named with its line, and left alone."""
    content, said, line = BAD[name]
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    unreadable(path, said, line=line)


DOCUMENT = dedent(
    """\
    # api-mocker cassette
    cassette: 1
    ---
    request:
      method: GET
      url: https://h/a
    response:
      status: 200
      body:
        json: |-
          {
            "n": 1
          }
    recorded_at: '2026-11-20T20:15:00Z'
    ...
    """
)

BROKEN: dict[str, tuple[str, str, str, int]] = {
    "an unknown key": ("response:", "respones:", "did you mean 'response'", 7),
    "a key twice": ("  status: 200\n", "  status: 200\n  status: 201\n", "the key 'status' stands twice", 9),
    "a tag": ("status: 200", "status: !!int 200", "tags (!) have no place in a cassette", 8),
    "an anchor": ("url: https://h/a", "url: &a https://h/a", "anchors and aliases", 6),
    "an alias": ("url: https://h/a", "url: *a", "", 6),
    "a merge": ("  method: GET", "  <<: *a\n  method: GET", "", 5),
    "a tab": ("  method", "\tmethod", "not valid YAML", 5),
    "an odd indentation": ("  url", "   url", "not valid YAML", 6),
    "a layout that restores nothing": (
        "    json: |-",
        "    layout: no-such\n    json: |-",
        "cannot be restored",
        9,
    ),
    "JSON that is none": ('"n": 1', '"n": ', "cannot be restored", 9),
    "no status": ("  status: 200\n", "", "response.status must be a whole number", 7),
    "a status of two digits": ("status: 200", "status: 20", "must have three digits", 8),
    "a status in words": ("  status: 200", '  "status" : ok', "response.status must be a whole number", 8),
    "an unknown key of an answer": ("  status: 200", "  stauts: 200", "did you mean 'status'", 8),
    "an unknown coding": (
        "    json: |-",
        "    encoding: gzp\n    json: |-",
        "there is no content coding 'gzp'; did you mean 'gzip'",
        10,
    ),
    "an unknown key of a body": ("    json: |-", "    jsno: |-", "did you mean 'json'", 10),
    "a header that is no text": (
        "  status: 200",
        "  headers:\n    X-A.b: [1]\n  status: 200",
        "headers.X-A.b must be text",
        9,
    ),
    "an answer that is a list": ("  status: 200\n  body:\n", "  - status: 200\n  - body:\n", "", 7),
    "no URL": ("https://h/a", "http://[", "request.url is no URL", 6),
    "a date of a kind": ("'2026-11-20T20:15:00Z'", "yesterday", "is no time such as", 14),
    "no date": ("recorded_at: '2026-11-20T20:15:00Z'\n", "", "was the file cut off?", 4),
    "a control character": ("https://h/a", "https://h/\x01", "", 6),
    "a document too many": ("...\n", "---\n...\n", "the document is empty", 16),
    "a directive": ("---\nrequest", "--- # c\n%YAML 1.2\nrequest", "directives (%YAML, %TAG)", 4),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_interaction(tmp_path: Path, name: str) -> None:
    """A document that the format does not allow is named with its line, and the file is left alone."""
    old, new, said, line = BROKEN[name]
    assert DOCUMENT.count(old) == 1
    path = tmp_path / "c.yaml"
    path.write_bytes(DOCUMENT.encode())
    assert len(held(path)) == 1
    path.write_bytes(DOCUMENT.replace(old, new).encode())
    unreadable(path, said, line=line)


def test_a_cassette_cut_off_anywhere(tmp_path: Path) -> None:
    """Cut at any byte, a cassette is refused, or holds all that it held: never silently less."""
    path = tmp_path / "c.yaml"
    items = [interaction("https://h/a", b"a\n...\nb"), interaction("https://h/b", answer=b'{"n": [1, 2]}\n')]
    kept(path, items)
    whole = path.read_bytes()
    kept_whole = 0
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        try:
            assert held(path) == items
            kept_whole += 1
        except CassetteUnreadable as error:
            assert error.path == path  # noqa: PT017  # either of both is right
    assert kept_whole == 1  # without the very last newline


def test_a_newer_version_says_upgrade(tmp_path: Path) -> None:
    """A cassette of a later format is no broken one: the error carries its version."""
    path = tmp_path / "c.yaml"
    path.write_text("# api-mocker cassette\ncassette: 99\nfuture: yes\n", "utf-8")
    with pytest.raises(CassetteUnreadable) as caught:
        CassetteFile(path)
    assert isinstance(caught.value, CassetteTooNew)
    assert caught.value.version == 99
    assert f"{path}:1: the cassette has format version 99" in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    """A file that is not there, a folder in its place, and a file in the place of its folder are said as such."""
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "file").write_text("x")
    for name, said in (
        ("none.yaml", "No such file"),
        ("folder.yaml", "this is a folder, not a cassette"),
        ("file/c.yaml", "Not a directory"),
    ):
        with pytest.raises(CassetteUnreadable, match=said):
            CassetteFile(tmp_path / name)


def test_line_ends_of_windows_are_read(cassette: Path) -> None:
    """What Git turned into CRLF is the same cassette."""
    before = held(cassette)
    cassette.write_bytes(cassette.read_bytes().replace(b"\n", b"\r\n"))
    assert held(cassette) == before


def test_a_large_body_lives_beside(tmp_path: Path) -> None:
    """A body over the threshold is a file named by its content, with a real extension; it goes when nobody names it."""
    path = tmp_path / "c.yaml"
    items = [
        interaction("https://h/a", answer=BIG),
        interaction("https://h/b", b"x" * len(BIG)),
        interaction("https://h/c"),
    ]
    kept(path, items)
    assert held(path) == items
    assert {*everything(tmp_path)} == {
        f"c.bodies/{sha256(b'x' * len(BIG)).hexdigest()[:16]}.bin",
        f"c.bodies/{sha256(BIG).hexdigest()[:16]}.bin",
        "c.yaml",
    }
    opened = CassetteFile(path)
    entries = [*opened.entries()]
    kept(path, [entries[0], entries[2]], opened)
    assert len(everything(tmp_path)) == 2
    assert held(path) == [items[0], items[2]]
    opened = CassetteFile(path)
    kept(path, [[*opened.entries()][1]], opened)
    assert sorted(everything(tmp_path)) == ["c.yaml"]
    assert not bodies_folder(path).exists()


def test_only_bodies_are_ever_dropped(tmp_path: Path) -> None:
    """What somebody else put into the folder of bodies stays."""
    path = tmp_path / "c.yaml"
    kept(path, [interaction(answer=BIG)])
    note, left = bodies_folder(path) / "README.md", bodies_folder(path) / ".0123456789abcdef.bin.x1y2.tmp"
    note.write_text("mine")
    left.write_text("what a killed process left")
    kept(path, [interaction()], CassetteFile(path))
    assert sorted(everything(tmp_path)) == ["c.bodies/README.md", "c.yaml"]
    assert left.exists() is False


def test_two_cassettes_share_no_bodies(tmp_path: Path) -> None:
    """Cassettes whose names differ behind a dot have folders of their own."""
    paths = [tmp_path / name for name in ("flow.v1", "flow.v2", "flow.yaml", "flow.yml")]
    for path in paths:
        kept(path, [interaction(answer=BIG)])
    kept(paths[0], [interaction()], CassetteFile(paths[0]))
    assert [held(path) for path in paths[1:]] == [[interaction(answer=BIG)]] * 3


@pytest.mark.parametrize("name", ["copy.yaml", "c"])
def test_what_a_copy_names_stays(tmp_path: Path, name: str) -> None:
    """A copy of a cassette names the same bodies: they stay when the first one is recorded anew, and go with the last."""
    path, copy = tmp_path / "c.yaml", tmp_path / name
    kept(path, [interaction(answer=BIG)])
    copy.write_bytes(path.read_bytes())
    kept(path, [interaction()], CassetteFile(path))
    assert held(copy) == [interaction(answer=BIG)]
    copy.unlink()
    kept(path, [interaction("https://h/b")], CassetteFile(path))
    assert sorted(everything(tmp_path)) == ["c.yaml"]


def beside(path: Path) -> Path:
    (body,) = bodies_folder(path).iterdir()
    return body


def test_a_body_that_is_gone_or_changed(tmp_path: Path) -> None:
    """A side file that is missing, was changed or is a folder is named, with the line of its interaction."""
    path = tmp_path / "c.yaml"
    kept(path, [interaction(answer=BIG)])
    body = beside(path)
    body.write_bytes(BIG[:-1])
    unreadable(path, f"{body.name}' was changed: its SHA-256 is another one", line=12)
    body.unlink()
    unreadable(path, f"{body.name}' cannot be read: No such file", line=12)
    body.mkdir()
    unreadable(path, f"{body.name}' cannot be read: Is a directory", line=12)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "c.bodies/../../secret", "link"])
def test_a_body_cannot_be_fetched_from_elsewhere(tmp_path: Path, name: str) -> None:
    """A cassette names no file outside of its folder, not by dots, not by a link."""
    folder = tmp_path / "cassettes"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    path = folder / "c.yaml"
    digest = sha256(b"secret").hexdigest()
    text = re.sub(
        r"    json: .*?}\n", f'    file: "{name}"\n    sha256: {digest}\n', DOCUMENT, flags=re.DOTALL
    )
    path.write_text(text, "utf-8")
    unreadable(path, "lies outside the cassette's folder", line=9)


def test_a_corrupt_body_is_written_anew(tmp_path: Path) -> None:
    """Recording a body whose file was changed puts the right one in its place."""
    path = tmp_path / "c.yaml"
    kept(path, [interaction(answer=BIG)])
    beside(path).write_bytes(b"changed")
    kept(path, [interaction(answer=BIG)], CassetteFile(path))
    assert held(path) == [interaction(answer=BIG)]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """A cassette that is a link is written where it leads, bodies too, and stays a link."""
    real = tmp_path / "real"
    real.mkdir()
    link = tmp_path / "c.yaml"
    kept(real / "c.yaml", [interaction()])
    link.symlink_to(real / "c.yaml")
    kept(link, [interaction(answer=BIG)], CassetteFile(link))
    assert link.is_symlink()
    assert held(link) == held(real / "c.yaml") == [interaction(answer=BIG)]
    assert sorted(everything(real)) == [f"c.bodies/{beside(real / 'c.yaml').name}", "c.yaml"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_permissions_are_kept(cassette: Path, mode: int) -> None:
    """A cassette that is written anew has the permissions it had; a new one those of the process."""
    umask = os.umask(0o022)
    os.umask(umask)
    assert stat.S_IMODE(cassette.stat().st_mode) == 0o666 & ~umask
    cassette.chmod(mode)
    kept(cassette, [interaction()], CassetteFile(cassette))
    assert stat.S_IMODE(cassette.stat().st_mode) == mode


def test_bodies_have_the_permissions_of_files(tmp_path: Path) -> None:
    """A body beside is readable to whom the cassette is."""
    path = tmp_path / "c.yaml"
    kept(path, [interaction(answer=BIG)])
    assert stat.S_IMODE(beside(path).stat().st_mode) == stat.S_IMODE(path.stat().st_mode)


def test_another_process_wrote_meanwhile(cassette: Path) -> None:
    """A file that changed since it was read is not overwritten: busy, and it stays as the other left it."""
    opened = CassetteFile(cassette)
    kept(cassette, [interaction("https://h/other")], CassetteFile(cassette))
    before = everything(cassette.parent)
    with pytest.raises(CassetteBusy, match="was changed by another process"):
        kept(cassette, [interaction("https://h/mine", answer=BIG)], opened)
    assert everything(cassette.parent) == before


def test_a_busy_cassette_is_named_from_here_with_what_to_do(
    cassette: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path is the one that people know, and the way out is said."""
    monkeypatch.chdir(cassette.parent)
    opened = CassetteFile(cassette)
    kept(cassette, [interaction("https://h/other")], CassetteFile(cassette))
    with pytest.raises(CassetteBusy, match=r"^c\.yaml was changed by .*\n.* pytest -n 0$") as caught:
        kept(cassette, [interaction("https://h/mine")], opened)
    assert caught.value.path == cassette


def test_another_process_began_meanwhile(tmp_path: Path) -> None:
    """A file that was not there when recording began, and is there now, is not overwritten."""
    path = tmp_path / "c.yaml"
    kept(path, [interaction("https://h/other")])
    with pytest.raises(CassetteBusy):
        kept(path, [interaction("https://h/mine")])
    assert held(path) == [interaction("https://h/other")]


def test_appending_merges(cassette: Path) -> None:
    """In new_episodes what another process appended is kept, and ours comes after it."""
    ours, theirs = CassetteFile(cassette), CassetteFile(cassette)
    old = held(cassette)
    kept(cassette, [*theirs.entries(), interaction("https://h/theirs", answer=BIG)], theirs, append=True)
    kept(cassette, [*ours.entries(), interaction("https://h/ours")], ours, append=True)
    assert held(cassette) == [
        *old,
        interaction("https://h/theirs", answer=BIG),
        interaction("https://h/ours"),
    ]


def test_appending_to_what_was_broken_meanwhile(cassette: Path) -> None:
    """A file that somebody else made unreadable is not merged with, and not touched."""
    opened = CassetteFile(cassette)
    cassette.write_bytes(b"services: {}\n")
    before = everything(cassette.parent)
    with pytest.raises(CassetteUnreadable):
        kept(cassette, [interaction()], opened, append=True)
    assert everything(cassette.parent) == before


def test_a_deleted_file_is_written_again(cassette: Path) -> None:
    """A cassette that was removed while it was open is put there again, whole."""
    opened = CassetteFile(cassette)
    cassette.unlink()
    kept(cassette, [*opened.entries(), interaction("https://h/c")], opened)
    assert len(held(cassette)) == 3


def test_a_held_lock_is_busy(cassette: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the lock nothing is written; after a while that is an error."""
    monkeypatch.setattr(files, "_LOCK_SECONDS", 0.01)
    kept(cassette, [interaction()], CassetteFile(cassette))
    (lock,) = (cassette.parent / STATE_FOLDER / "locks").glob("*.lock")
    before = everything(cassette.parent)
    with FileLock(lock), pytest.raises(CassetteBusy, match="is being written by another process"):
        kept(cassette, [interaction("https://h/x")], CassetteFile(cassette))
    assert everything(cassette.parent) == before


def test_four_processes_append(cassette: Path) -> None:
    """Processes that append at the same time lose nothing of each other."""
    code = dedent(
        """
        import sys
        from pathlib import Path
        from api_mocker._storage.files import CassetteFile, save
        from tests.unit.interactions import interaction

        path, name = Path(sys.argv[1]), sys.argv[2]
        opened = CassetteFile(path)
        items = [*opened.entries(), interaction(f"https://h/{name}")]
        sys.stdin.read()
        save(path, opened.head, items, opened=opened, root=path.parent, append=True)
        """
    )
    root = Path(__file__).parents[2]
    workers = [
        subprocess.Popen([sys.executable, "-c", code, cassette, str(n)], stdin=subprocess.PIPE, cwd=root)
        for n in range(4)
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.close()
    assert [worker.wait() for worker in workers] == [0] * 4
    urls = [item.request.url for item in held(cassette)]
    assert urls[:2] == ["https://h/a", "https://h/b"]
    assert sorted(urls[2:]) == [f"https://h/{n}" for n in range(4)]


@pytest.mark.parametrize("size", [64, 200 * 1024], ids=["small", "large"])
def test_a_disk_that_takes_no_more(tmp_path: Path, size: int) -> None:
    """Where the disk refuses in the middle of a write, the old cassette is byte for byte as it was, and nothing is left over."""
    path = tmp_path / "c.yaml"
    kept(path, [interaction(answer=BIG), interaction("https://h/b")])
    before = everything(tmp_path)
    code = dedent(
        """
        import resource, sys
        from pathlib import Path
        from api_mocker._storage.files import CassetteFile, save
        from api_mocker.exceptions import CassetteError
        from tests.unit.interactions import interaction

        path, size = Path(sys.argv[1]), int(sys.argv[2])
        opened = CassetteFile(path)
        bodies = [bytes([number]) * (150 * 1024) for number in range(3)]
        items = [interaction(f"https://h/{number}", answer=body) for number, body in enumerate(bodies)]
        items += [interaction("https://h/long", b"x" * 100_000)] * 3
        save(path.with_name("other.yaml"), opened.head, [], opened=None, root=path.parent)
        path.with_name("other.yaml").unlink()
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            save(path, opened.head, items, opened=opened, root=path.parent)
        except CassetteError as error:
            print(type(error).__name__, error)
        """
    )
    run = subprocess.run(
        [sys.executable, "-c", code, path, str(size)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (
        run.stdout == f"CassetteError {path} cannot be written: File too large; the old file is as it was\n"
    ), run.stderr
    assert everything(tmp_path) == before


def test_a_full_disk_is_called_full() -> None:
    """ENOSPC is said in words."""
    assert reason(OSError(errno.ENOSPC, "No space left on device")) == "the disk is full"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """Where the folder cannot be made, or a folder is in the way, that is said, and nothing is changed."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "folder.yaml" / "inside").write_text("x")
    state_folder(tmp_path)
    before = everything(tmp_path)
    for name, said in (
        ("file/c.yaml", "Not a directory|in the place of its folder"),
        ("folder.yaml", "Is a directory|was changed"),
    ):
        with pytest.raises(CassetteError, match=said):
            save(tmp_path / name, HEAD, [interaction(answer=BIG)], opened=None, root=tmp_path)
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("file", "folder", "said"), [(0o666, 0o555, "Permission denied"), (0o444, 0o777, "it is read-only")]
)
def test_no_write_permission(file: int, folder: int, said: str) -> None:
    """Where the folder or the cassette itself is read-only the error says so, and the cassette stays as it was."""
    code = dedent(
        """
        import os, sys
        from pathlib import Path
        from api_mocker._storage.files import CassetteFile, save
        from api_mocker.exceptions import CassetteError
        from tests.unit.interactions import interaction

        root, file, folder = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
        path = root / "cassettes" / "c.yaml"
        save(path, "cassette: 1\\n", [interaction()], opened=None, root=root)
        before = path.read_bytes()
        path.chmod(file)
        path.parent.chmod(folder)
        if os.getuid() == 0:  # who may write anywhere: go on as nobody
            for place in (root / ".api_mocker", *(root / ".api_mocker").rglob("*")):
                place.chmod(0o777)
            os.setuid(65534)
        try:
            save(path, "cassette: 1\\n", [], opened=CassetteFile(path), root=root)
        except CassetteError as error:
            print(str(error).replace(str(root), ""), path.read_bytes() == before, os.listdir(path.parent))
        """
    )
    with TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        run = subprocess.run(
            [sys.executable, "-c", code, root, str(file), str(folder)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
        (Path(root) / "cassettes").chmod(0o755)
    line = f"/cassettes/c.yaml cannot be written: {said}; the old file is as it was True ['c.yaml']\n"
    assert run.stdout == line, run.stderr


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the place of the state folder, or of its locks, is an error of ours, and nothing is written."""
    (tmp_path / STATE_FOLDER).write_text("mine")
    with pytest.raises(CassetteError, match="cannot be made"):
        kept(tmp_path / "c.yaml", [interaction()])
    (tmp_path / STATE_FOLDER).unlink()
    state_folder(tmp_path)
    (tmp_path / STATE_FOLDER / "locks").write_text("mine")
    with pytest.raises(CassetteError, match="cannot be written"):
        kept(tmp_path / "c.yaml", [interaction()])
    assert not (tmp_path / "c.yaml").exists()


def test_the_state_folder_ignores_itself(tmp_path: Path) -> None:
    """Git sees nothing of locks and failed recordings; what somebody wrote there stays."""
    ignore = state_folder(tmp_path) / ".gitignore"
    assert ignore.read_text() == "*\n"
    ignore.write_text("mine")
    state_folder(tmp_path)
    assert ignore.read_text() == "mine"


def test_a_recording_set_aside(tmp_path: Path, cassette: Path) -> None:
    """What is not to be committed is kept under the state folder, by its path, as a readable cassette."""
    path = tmp_path / "tests" / "cassettes" / "c.yaml"
    items = [interaction(answer=BIG), interaction("https://h/b")]
    target = put_aside(path, HEAD, items, tmp_path)
    assert target == tmp_path / ".api_mocker" / "failed" / "tests" / "cassettes" / "c.yaml"
    assert held(target) == items
    assert not path.exists()
    again = put_aside(path, HEAD, items[1:], tmp_path)
    assert again == target
    assert held(target) == items[1:]


def test_a_cassette_outside_the_project_is_set_aside_too(tmp_path: Path) -> None:
    """A recording of a cassette elsewhere is kept by its name."""
    root = tmp_path / "project"
    target = put_aside(tmp_path / "elsewhere" / "c.yaml", HEAD, [interaction()], root)
    assert target == root / ".api_mocker" / "failed" / "c.yaml"


def test_setting_aside_where_nothing_can_be_written(tmp_path: Path) -> None:
    """That too is an error of ours."""
    (state_folder(tmp_path) / "failed").write_text("mine")
    with pytest.raises(CassetteError, match="cannot be written"):
        put_aside(tmp_path / "c.yaml", HEAD, [interaction()], tmp_path)


def test_nothing_is_parsed_before_it_is_touched(cassette: Path) -> None:
    """A document that is broken is no reason not to play the others; it shows when it is touched."""
    text = cassette.read_text("utf-8").replace("https://h/b", "https://h/b\n  odd: key")
    cassette.write_text(text, "utf-8")
    first, second = CassetteFile(cassette).entries()
    assert first.interaction == interaction("https://h/a", b"x")
    assert second.head == ("GET", "https://h/b")
    with pytest.raises(CassetteUnreadable, match="a request has no key 'odd'"):
        _ = second.interaction


def test_a_large_cassette_is_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A very large file is mapped rather than read, and means the same."""
    path = tmp_path / "c.yaml"
    items = [interaction(f"https://h/{number}") for number in range(20)]
    kept(path, items)
    monkeypatch.setattr(files, "_MAP_FROM", 1)
    assert held(path) == items
    opened = CassetteFile(path)
    kept(path, [*opened.entries()][::2], opened)
    assert held(path) == items[::2]
