"""Names of cassettes: inside the folder, legal everywhere, one for each test."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from api_mocker._storage import naming
from api_mocker._storage.naming import SUFFIX, inside, safe_name
from api_mocker.exceptions import UsageError

FOLDER = Path("/project/cassettes")
DEVICES = ["con", "PRN", "aux", "NUL", "com1", "LPT9", "Con.x", "aux.test_a[1]"]

odd = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
likely = st.text("aA1.[]-_/\\: é*?", max_size=12)
names = odd | likely | st.sampled_from(DEVICES) | st.text("x", min_size=200, max_size=300)
modules = st.lists(
    likely.filter(lambda name: "/" not in name and name not in ("", ".", "..")), min_size=1, max_size=3
)


def legal(name: str) -> bool:
    """Whether Windows, macOS and Linux all take this file name (Microsoft, "Naming Files, Paths, and Namespaces")."""
    return (
        0 < len(name.encode()) <= 200
        and not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
        and name[-1] not in ". "
        and not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)", name.split(".", maxsplit=1)[0].rstrip(" "))
        and name.isascii()
    )


@settings(deadline=None)
@given(names)
def test_a_name_is_legal_everywhere(name: str) -> None:
    """Whatever a test is called, its file name is taken by every file system that people use."""
    assert legal(safe_name(name) + SUFFIX)
    assert legal(safe_name(name))


@settings(deadline=None)
@given(modules, names)
def test_a_path_stays_inside_the_folder(module: list[str], name: str) -> None:
    """No module and no test name leads out of the cassette folder, on any system."""
    path = naming.test_path(FOLDER, "/".join(module) + ".py", name)
    assert path.is_relative_to(FOLDER)
    assert ".." not in path.parts
    assert all(legal(part) for part in path.relative_to(FOLDER).parts)
    assert not PureWindowsPath(*path.relative_to(FOLDER).parts).is_absolute()


lower = st.text("abz019._[]-/ é", max_size=10)


@settings(deadline=None)
@given(lower | names, lower | names)
def test_two_names_are_two_files(one: str, other: str) -> None:
    """Two names share no file, not even where the file system ignores case, but for case outside of parameters."""
    assume(one.casefold() != other.casefold() or one.partition("[")[0] == other.partition("[")[0])
    assume(one != other)
    assert safe_name(one).casefold() != safe_name(other).casefold()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("test_a[A]", "test_a[a]"),
        ("test_a[x y]", "test_a[x-y]"),
        ("test_a[x/y]", "test_a[x:y]"),
        ("test_a[é]", "test_a[è]"),
        ("test_a[\N{LATIN SMALL LETTER E WITH ACUTE}]", "test_a[e\N{COMBINING ACUTE ACCENT}]"),
        ("test_é", "test_e\N{COMBINING ACUTE ACCENT}"),
        ("test_a[ß]", "test_a[ss]"),
        ("test_a[\N{KELVIN SIGN}]", "test_a[k]"),
        ("test_a[a.]", "test_a[a. ]"),
        ("test_a[a:b]", "test_a[a?b]"),
        ("test_a[" + "x" * 300 + "a]", "test_a[" + "x" * 300 + "b]"),
        ("test_a[]", "test_a[ ]"),
        ("con", "CON.x"),
        ("aux[a]", "aux[A]"),
        ("TestA.con", "TestA.con "),
        ("test_a.", "test_a"),
        ("con", "con-"),
        ("x" * 150, "x" * 151),
    ],
)
def test_near_names_are_two_files(one: str, other: str) -> None:
    """Names that look alike once they are made safe are told apart by a few digits of their hash."""
    assert safe_name(one).casefold() != safe_name(other).casefold()


@pytest.mark.parametrize("name", ["test_a", "TestA.test_b[1-x]", "test_a[0.5]", "test-a_b"])
def test_a_safe_name_is_left_alone(name: str) -> None:
    """A name that is safe as it is stays readable."""
    assert safe_name(name) == name


@pytest.mark.parametrize("name", DEVICES)
def test_device_names_are_avoided(name: str) -> None:
    """A class or test called like a device of Windows does not open that device, extension or not."""
    assert legal(safe_name(name))


def test_the_path_of_a_test() -> None:
    """Folder, path of the module, class and name: where people look for it."""
    assert naming.test_path(FOLDER, "tests/api/test_users.py", "TestGet.test_one[1]") == (
        FOLDER / "tests" / "api" / "test_users" / "TestGet.test_one[1].yaml"
    )


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("checkout", "checkout.yaml"),
        ("checkout.yaml", "checkout.yaml"),
        ("shared/login", "shared/login.yaml"),
        ("shared\\login", "shared/login.yaml"),
        ("Checkout", "Checkout.yaml"),
        ("./a//b/", "a/b.yaml"),
        ("v1.2", "v1.2.yaml"),
    ],
)
def test_a_name_of_ones_own_is_kept(name: str, path: str) -> None:
    """A cassette that somebody named is called just that."""
    assert inside(FOLDER, name, "here") == FOLDER / path


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/x", "\\x", "C:\\x", "c:/x", "", ".", "..", "a/..", ".yaml", "..\\x"]
)
def test_a_name_cannot_leave_the_folder(name: str) -> None:
    """A name that leads out of the folder, or nowhere, is an error that says where it was written."""
    with pytest.raises(UsageError, match=r"^here: the cassette name .* must lie inside the cassette folder"):
        inside(FOLDER, name, "here")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a:b", "and what stands before ':' would be a drive on Windows"),
        ("C:\\x", "and what stands before ':' would be a drive on Windows"),
        ("/x", "and begins with '/'"),
        ("a/../../x", "and '..' leads out of a folder"),
        ("", "and names no file"),
    ],
)
def test_the_reason_is_named(name: str, reason: str) -> None:
    """Whoever wrote a name is told what of it is not possible."""
    with pytest.raises(UsageError) as refused:
        inside(FOLDER, name, "here")
    assert str(refused.value).endswith(reason)


@settings(deadline=None)
@given(names)
def test_any_name_of_ones_own_is_inside_or_refused(name: str) -> None:
    """Whatever name is given: a legal path inside the folder, or an error."""
    try:
        path = inside(FOLDER, name, "here")
    except UsageError:
        return
    assert path.is_relative_to(FOLDER)
    assert path.suffix == SUFFIX
    parts = path.relative_to(FOLDER).parts
    assert parts
    assert all(legal(part) for part in parts)
    assert PurePosixPath(*parts).name != SUFFIX
