"""Options: each is read and checked wherever it may stand, and a mistake is said where it was made."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from api_mocker._config import OPTIONS, Config, Source, config_of, read_project
from api_mocker._core.modes import RecordMode
from api_mocker._session import MODE_VARIABLE, Session, in_ci, project_root
from api_mocker.exceptions import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from api_mocker._config import Place


def own_matcher(live: object, recorded: object) -> None:
    """Any."""


GOOD: dict[str, list[tuple[object, object]]] = {
    "cassette_dir": [("tests/c", "tests/c")],
    "record_mode": [("once", RecordMode.ONCE), (RecordMode.ALL, RecordMode.ALL)],
    "match_on": [(["method", "body"], ("method", "body")), ((own_matcher,), (own_matcher,))],
    "ignore": [(["query:ts", "json:$..a"], ("query:ts", "json:$..a"))],
    "repeat": [("last", "last"), ("cycle", "cycle"), ("error", "error")],
    "order": [("strict", "strict"), ("any", "any")],
    "unused": [("warn", "warn"), ("ignore", "ignore"), ("error", "error")],
    "delays": [("real", "real"), ("virtual", "virtual")],
    "auto": [(True, True)],
    "passthrough": [(["localhost"], ("localhost",))],
    "block_network": [(True, True)],
    "allowed_hosts": [(["10.0.0.0/8", "*.internal:443"], ("10.0.0.0/8", "*.internal:443"))],
    "record_errors": [(True, True)],
    "max_age": [("30d", timedelta(days=30)), ("12h", timedelta(hours=12)), (None, None)],
    "on_expiry": [("fail", "fail"), ("warn", "warn")],
    "review": [(True, True)],
    "redact": [
        ({"headers": ["x-key"], "patterns": ["k-[0-9]+"]}, {"headers": ("x-key",), "patterns": ("k-[0-9]+",)})
    ],
    "before_record": [(own_matcher, own_matcher)],
}

BAD: list[tuple[str, object, str]] = [
    ("block_network", "yes", "block_network must be true or false, and is 'yes'"),
    ("allowed_hosts", "localhost", "allowed_hosts must be a list of strings, and is 'localhost'"),
    ("allowed_hosts", [r".*\.internal"], "allowed_hosts: '.*\\\\.internal' is no host: it takes a name, a glob"),
    ("passthrough", ["https://h/"], "passthrough: 'https://h/' is an address of a page; the host alone is wanted"),
    ("max_age", "30", "max_age must be a number and one of w, d, h, m, s, such as '30d', and is '30'"),
    ("max_age", 30, "max_age must be text, and is 30"),
    ("max_age", "999999999w", "max_age must be a time that people live to see, and is '999999999w'"),
    ("on_expiry", "fial", "on_expiry must be 'warn' or 'fail', and is 'fial'; did you mean 'fail'?"),
    ("cassette_dir", 3, "cassette_dir must be text, and is 3"),
    ("record_mode", "onec", "record_mode: there is no record mode 'onec'; did you mean 'once'?"),
    ("record_mode", ["once"], "record_mode: there is no record mode ['once']"),
    ("match_on", "body", "match_on must be a list of at least one matcher, and is 'body'"),
    ("match_on", [], "match_on must be a list of at least one matcher, and is []"),
    ("match_on", ["bdy"], "match_on: there is no matcher 'bdy'; did you mean 'body'?"),
    ("match_on", [["body"]], "match_on: there is no matcher ['body']"),
    ("ignore", "query:ts", "ignore must be a list of strings, and is 'query:ts'"),
    ("ignore", [1], "ignore must be a list of strings, and is [1]"),
    ("ignore", ["qury:ts"], "ignore: ignore entry 'qury:ts' is not of the form"),
    ("ignore", ["json:$["], "is no JSONPath (RFC 9535)"),
    ("repeat", "lats", "repeat must be 'error' or 'last' or 'cycle', and is 'lats'; did you mean 'last'?"),
    ("repeat", True, "repeat must be"),
    ("order", "stric", "did you mean 'strict'?"),
    ("order", ["any"], "order must be 'any' or 'strict', and is ['any']"),
    ("unused", "wran", "did you mean 'warn'?"),
    ("delays", "vitual", "did you mean 'virtual'?"),
    ("auto", "yes", "auto must be true or false, and is 'yes'"),
    ("passthrough", "localhost", "passthrough must be a list of strings"),
    ("record_errors", 1, "record_errors must be true or false, and is 1"),
    ("review", 1, "review must be true or false, and is 1"),
    ("redact", ["x"], "redact must be a table, and is ['x']"),
    ("redact", {"header": ["x"]}, "redact has no key 'header'; did you mean 'headers'? (keys: "),
    ("redact", {"headers": "x"}, "redact.headers must be a list of strings"),
    ("redact", {"patterns": ["("]}, "redact.patterns: '(' is no regular expression"),
    ("redact", {"patterns": [""]}, "redact.patterns: '' is no name"),
    ("redact", {"headers": ["x-*"]}, "redact.headers: 'x-*' is no name; a star stands at the beginning only"),
    ("redact", {"fields": ["a*b"]}, "redact.fields: 'a*b' is no name"),
    ("redact", {"query": ["*"]}, "redact.query: '*' is no name"),
    ("redact", {"fields": ["[ab]pin"]}, "redact.fields: '[ab]pin' is no name"),
    ("before_record", "x", "before_record must be a function of an interaction, and is 'x'"),
]  # fmt: skip


def test_every_option_is_tested() -> None:
    """The tables of values cover every option."""
    assert set(GOOD) == {name for name, _, _ in BAD} == set(OPTIONS)


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_is_read(name: str) -> None:
    """Each option takes its values, wherever it may be written, and remembers who set it."""
    for given, expected in GOOD[name]:
        for place in OPTIONS[name].places:
            config = Config().over({name: given}, "somewhere", place)
            assert getattr(config, name) == expected
            assert config.sources == {name: Source(place, "somewhere")}


@pytest.mark.parametrize(("name", "given", "said"), BAD, ids=[f"{name}-{said[:30]}" for name, _, said in BAD])
def test_a_wrong_value_is_said(name: str, given: object, said: str) -> None:
    """An impossible value is an error that begins with the place and names the nearest."""
    with pytest.raises(UsageError) as caught:
        Config().over({name: given}, "use_cassette() at a.py:1", OPTIONS[name].places[-1])
    assert str(caught.value).startswith("use_cassette() at a.py:1: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "place", "said"),
    [
        ("ignor", "call", "there is no option 'ignor'; did you mean 'ignore'?"),
        ("recordmode", "project", "did you mean 'record_mode'?"),
        ("mode", "call", "there is no option 'mode'; did you mean 'record_mode'?"),
        ("xyz", "marker", "there is no option 'xyz'"),
        ("auto", "call", "option 'auto'"),
        ("cassette_dir", "marker", "option 'cassette_dir'"),
        ("before_record", "project", "option 'before_record'"),
    ],
)
def test_an_unknown_option_names_the_nearest(name: str, place: Any, said: str) -> None:
    """An option that is not there, or not at this place, is an error."""
    with pytest.raises(UsageError, match=re.escape(said)):
        Config().over({name: 1}, "here", place)


@pytest.mark.parametrize(
    ("name", "place", "said"),
    [
        ("auto", "call", "the option 'auto' is set in [tool.api_mocker], not here"),
        ("before_record", "project", "the option 'before_record' is set in the fixture api_mocker_config or a marker or a call, not here"),
    ],
)  # fmt: skip
def test_an_option_in_the_wrong_place_says_where_it_belongs(name: str, place: Any, said: str) -> None:
    """An option that there is, but not at this place, is no misspelt one: the places that take it are named."""
    with pytest.raises(UsageError) as caught:
        Config().over({name: GOOD[name][0][0]}, "here", place)
    assert str(caught.value) == f"here: {said}"


def test_names_with_a_star_or_a_mark_in_front_are_names() -> None:
    """``*name`` and ``?name`` are rows as the tables of secret names have them; a pattern may hold any star."""
    redact = {"fields": ["*_pin", "?code"], "headers": ["x-key"], "patterns": ["k-[0-9]*x"]}
    assert config_of({"redact": redact}, "here").redact == {
        name: tuple(given) for name, given in redact.items()
    }


def test_levels_add_up_or_the_closest_wins() -> None:
    """Lists of what to leave out add up over the levels, redaction too; of all else the closest wins."""
    project = config_of(
        {"ignore": ["query:a"], "repeat": "last", "passthrough": ["x"], "redact": {"headers": ["a"]}},
        "project",
    )
    marker = project.over(
        {"ignore": ["query:b", "query:a"], "repeat": "cycle", "redact": {"headers": ["b"], "query": ["c"]}},
        "m",
        "marker",
    )
    assert marker.ignore == ("query:a", "query:b")
    assert (marker.repeat, marker.passthrough) == ("cycle", ("x",))
    assert marker.redact == {"headers": ("a", "b"), "query": ("c",)}
    assert project.ignore == ("query:a",)
    assert marker.sources["repeat"] == Source("marker", "m")
    assert marker.sources["passthrough"] == Source("project", "project")


def test_redaction_rules_are_the_defaults_and_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a project names is secret besides what is secret anyway; unset variables are no secrets."""
    monkeypatch.setenv("MY_KEY", "s3cr3t-value")
    monkeypatch.delenv("NO_KEY", raising=False)
    redact = {
        "headers": ["x-mine"],
        "fields": ["ssn"],
        "query": ["q"],
        "env": ["MY_KEY", "NO_KEY"],
        "patterns": ["z+"],
    }
    session = Session(tmp_path)
    rules = session.rules(config_of({"redact": redact}, "here"))
    assert {"x-mine"} < set(rules.headers)
    assert {"ssn"} < set(rules.fields)
    assert ("MY_KEY", "s3cr3t-value") in rules.values
    assert session.rules(Config()) is session.rules(Config())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[tool.api_mocker]\nreapeat = 'last'\n", "pyproject.toml [tool.api_mocker]: there is no option 'reapeat'; did you mean 'repeat'?"),
        (b"[tool.api_mocker]\nrepeat = 'lst'\n", "pyproject.toml [tool.api_mocker]: repeat must be"),
        (b"[tool.api_mocker\n", "is no TOML"),
        (b"\xff", "is no TOML"),
        (b"[tool.api-mocker]\nrepeat = 'last'\n", "pyproject.toml has a table [tool.api-mocker]; did you mean [tool.api_mocker]?"),
        (b"[tool.api-mocker.redact]\n", "did you mean [tool.api_mocker]?"),
        (b"[tool]\napi_mocker = 3\n", "pyproject.toml [tool.api_mocker] must be a table of options, and is 3"),
        (b"[tool.apimocker]\n", "pyproject.toml has a table [tool.apimocker]; did you mean [tool.api_mocker]?"),
        (b"[tool.api-mocker]\n", "has a table [tool.api-mocker]; did you mean [tool.api_mocker]?"),
        (b"[tool.api_mock]\n", "has a table [tool.api_mock]; did you mean [tool.api_mocker]?"),
    ],
)  # fmt: skip
def test_a_wrong_pyproject_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    """A mistake in pyproject.toml is an error that names the file and the table."""
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(UsageError, match=re.escape(said)):
        read_project(tmp_path)


def test_a_folder_as_pyproject_is_said(tmp_path: Path) -> None:
    """A pyproject.toml that cannot be read is an error of ours."""
    (tmp_path / "pyproject.toml").mkdir()
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_project(tmp_path)


@pytest.mark.parametrize(
    "content", [None, b"", b"tool = 3\n", b"[tool.other]\na = 1\n", b"[tool.pytest-mock]\n"]
)
def test_a_project_that_says_nothing(tmp_path: Path, content: bytes | None) -> None:
    """Without a file, a table or anything in it, the defaults hold."""
    if content is not None:
        (tmp_path / "pyproject.toml").write_bytes(content)
    assert read_project(tmp_path) == Config()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, False),
        (b"[project]\ndependencies = ['api-mocker']\n", False),
        (b"[tool.api_mocker]\nauto = true\n", True),
        (b"[tool]\napi_mocker = {auto = true}\n", True),
        (b"[tool]\napi_mocker.auto = true\n", True),
        (b"[tool.api-mocker]\nauto = true\n", True),
        (b"[tool]\napi-mocker.auto = true\n", True),
        (b"[tool.'api-mocker']\nauto = true\n", True),
    ],
)
def test_whether_a_project_says_anything(tmp_path: Path, content: bytes | None, expected: bool) -> None:
    """However the table is spelt, and misspelt too, it is read; a project that only names the package is left alone."""
    if content is not None:
        (tmp_path / "pyproject.toml").write_bytes(content)
    assert Session(tmp_path).is_configured == expected


def test_a_fixture_that_gives_no_table() -> None:
    """api_mocker_config must be a mapping."""
    with pytest.raises(UsageError, match=r"api_mocker_config must be a table of options, and is \['x'\]"):
        Config().over(["x"], "api_mocker_config", "fixture")  # type: ignore[arg-type]  # that is the mistake


def test_the_root_of_a_project(tmp_path: Path) -> None:
    """The project is the nearest folder with a pyproject.toml at or above, else the folder itself."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert project_root(inner) in (inner, *inner.parents)
    (tmp_path / "pyproject.toml").write_text("")
    assert project_root(inner) == tmp_path
    (tmp_path / "a" / "pyproject.toml").write_text("")
    assert project_root(inner) == tmp_path / "a"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, False),
        ("", False),
        ("0", False),
        ("false", False),
        ("False ", False),
        ("true", True),
        ("1", True),
        ("x", True),
    ],
)
def test_ci(value: str | None, expected: bool) -> None:
    """CI is on when its variable says anything but no."""
    assert in_ci({} if value is None else {"CI": value}) == expected


# flag, call or marker, environment, project -> what is in force; each is missing in one row after the other
PRECEDENCE = [
    ("all", "once", "new_episodes", "rewrite", "all"),
    (None, "once", "new_episodes", "rewrite", "once"),
    (None, None, "new_episodes", "rewrite", "new_episodes"),
    (None, None, None, "rewrite", "rewrite"),
    (None, None, "", "rewrite", "rewrite"),
    (None, None, None, None, "none"),
    ("none", "once", "all", "all", "none"),
    (None, "none", "all", "all", "none"),
]


@pytest.mark.parametrize("row", PRECEDENCE, ids=str)
def test_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: tuple[str | None, ...]) -> None:
    """The command line goes before marker and call, these before the environment, that before the project."""
    flag, call, environment, project, expected = row
    monkeypatch.delenv(MODE_VARIABLE, raising=False)
    if environment is not None:
        monkeypatch.setenv(MODE_VARIABLE, environment)
    session = Session(tmp_path, flag=RecordMode.of(flag) if flag else None)
    config = config_of({"record_mode": project} if project else {}, "project")
    mode = RecordMode.of(expected or "")
    places: tuple[Place, ...] = ("marker", "call")
    for place in places:
        over = config.over({"record_mode": call} if call else {}, "here", place)
        assert session.mode(over) == (mode, mode, "")


@pytest.mark.parametrize(
    ("flag", "asked", "expected"), [(None, "once", "none"), (None, "none", "none"), ("once", "all", "once")]
)
def test_in_ci_only_the_command_line_records(
    tmp_path: Path, flag: str | None, asked: str, expected: str
) -> None:
    """Where only the flag may record, a mode that would is none, and says what was asked for and why not."""
    session = Session(tmp_path, flag=RecordMode.of(flag) if flag else None, guarded=True)
    mode, wanted, reason = session.mode(config_of({"record_mode": asked}, "project"))
    assert mode == expected
    if flag is None:
        assert wanted == asked
    assert bool(reason) == (mode is not wanted)
    assert not reason or f"asked for here: {asked}" in reason


def test_a_wrong_variable_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mode in the environment that is none names the variable and the nearest mode."""
    monkeypatch.setenv(MODE_VARIABLE, "onec")
    with pytest.raises(
        UsageError, match=r"the environment variable API_MOCKER_RECORD_MODE: .*did you mean 'once'"
    ):
        Session(tmp_path).mode(Config())
