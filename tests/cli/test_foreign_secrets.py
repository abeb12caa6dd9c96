"""``check --secrets`` and ``redact`` on the recordings of other tools: found, told by place, and hidden in place."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from tests.cli.program import run, saved
from tests.cli.test_secrets import LEAKY
from tests.unit.storage.test_foreign import spoilt

from api_mocker._core.redaction import Rules
from api_mocker._storage.foreign.document import read
from api_mocker.exceptions import CassetteError
from api_mocker.maintain.secrets import check_secrets, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parents[1] / "foreign_cassettes"
MADE_UP = ("tok-7f3K9q2LmX0vT8bR", "c00kie-5hQ8wZ1nYp", "k3y-Vb6Nc2Xs9Lq4", "1d-Wc3Ty6Un0Bm", "vau1t-Ee4Gp7Kd9Zx2",
           "pa55-hunter2-Gx8", "cl1ent-Zr4Tq7Wm2", "z1pped-Jk5Pd8Fs3")  # fmt: skip
KEPT = {
    # what cassetter hides under its name, and repeats elsewhere: nothing here tells that these are secrets
    "cassetter.yaml": ("tok-7f3K9q2LmX0vT8bR", "pa55-hunter2-Gx8"),
}
SECRET = "s3cr3t-t0ken-4711"
ODD = "s3cr3t \u00e4 \"t0ken\" 'of' \\ 4711"


class Told(NamedTuple):
    """One exchange, to be written in each format."""

    url: str = "https://h/a"
    sent: tuple[tuple[str, str], ...] = ()
    asked: bytes = b""
    received: tuple[tuple[str, str], ...] = ()
    answer: bytes = b"hello"


def vcr_like(told: Told, body: Callable[[bytes], Any], reply: Callable[[bytes], Any]) -> dict[str, Any]:
    """The shape that most of them have."""
    many = {}
    for side in (told.sent, told.received):
        many[side] = {name: [value] for name, value in side}
    return {
        "request": {"method": "POST", "uri": told.url, "headers": many[told.sent], "body": body(told.asked)},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": many[told.received],
            "body": reply(told.answer),
        },
    }


def text_or_bytes(content: bytes) -> str | bytes:
    """As vcrpy has it in YAML."""
    with contextlib.suppress(UnicodeDecodeError):
        return content.decode()
    return content


def vcrpy_yaml(told: Told) -> str:
    """As vcrpy writes it."""
    one = vcr_like(told, lambda raw: text_or_bytes(raw) or None, lambda raw: {"string": text_or_bytes(raw)})
    return str(yaml.dump({"interactions": [one], "version": 1}, Dumper=yaml.SafeDumper))


def vcrpy_json(told: Told) -> str:
    """As vcrpy writes it; base64 for what it cannot."""

    def written(raw: bytes) -> Any:
        text = text_or_bytes(raw)
        return (
            {"string": text} if isinstance(text, str) else {"base64_string": base64.b64encode(raw).decode()}
        )

    return json.dumps({"version": 1, "interactions": [vcr_like(told, written, written)]}, indent=4)


def betamax_json(told: Told) -> str:
    """With `preserve_exact_body_bytes`."""

    def written(raw: bytes) -> Any:
        return {"encoding": "utf-8", "base64_string": base64.b64encode(raw).decode()}

    one = vcr_like(told, written, written)
    return json.dumps({"http_interactions": [one], "recorded_with": "betamax/0.9.0"})


def cassetter_yaml(told: Told) -> str:
    """JSON as YAML, and bytes in hexadecimal."""

    def written(raw: bytes) -> Any:
        with contextlib.suppress(ValueError):
            return {"type": "json", "content": json.loads(raw)}
        text = text_or_bytes(raw)
        if isinstance(text, str):
            return {"type": "text", "content": text}
        return {"type": "binary", "content": raw.hex()}

    one = vcr_like(told, written, written)
    one["response"]["status"] = 200
    return str(yaml.safe_dump({"version": 1, "interactions": [one]}, sort_keys=False, width=40))


def har(told: Told) -> str:
    """As browsers export it, with what they say twice."""

    def pairs(listed: Any) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in listed]

    def content(raw: bytes) -> dict[str, Any]:
        text = text_or_bytes(raw)
        coded = {"text": base64.b64encode(raw).decode(), "encoding": "base64"}
        return {"mimeType": "", **({"text": text} if isinstance(text, str) else coded)}

    cookies = [value.partition("=")[::2] for name, value in told.sent if name == "Cookie"]
    asked: dict[str, Any] = {
        "method": "POST", "url": told.url, "headers": pairs(told.sent), "cookies": pairs(cookies),
        "queryString": pairs(parse_qsl(urlsplit(told.url).query)),
    }  # fmt: skip
    if told.asked:
        asked["postData"] = {**content(told.asked), "params": pairs(parse_qsl(told.asked.decode("latin-1")))}
    reply = {
        "status": 200,
        "statusText": "OK",
        "headers": pairs(told.received),
        "content": content(told.answer),
    }
    entry = {"startedDateTime": "2026-11-26T04:49:39.000Z", "request": asked, "response": reply}
    creator = {"name": "WebInspector", "version": "537.36"}
    return json.dumps(
        {"log": {"version": "1.2", "creator": creator, "entries": [entry]}}, indent=2, ensure_ascii=False
    )


FORMATS: dict[str, Callable[[Told], str]] = {
    "vcrpy.yaml": vcrpy_yaml,
    "vcrpy.json": vcrpy_json,
    "betamax.json": betamax_json,
    "cassetter.yaml": cassetter_yaml,
    "browser.har": har,
}
JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
LONG = "words that are folded, " * 12


def document(secret: str) -> bytes:
    return json.dumps({"note": LONG, "access_token": secret, "after": LONG}, ensure_ascii=False).encode()


PLACES: dict[str, Callable[[str], Told]] = {
    "request header": lambda it: Told(sent=(("X-Api-Key", it),)),
    "authorization": lambda it: Told(sent=(("Authorization", f"Bearer {it}"),)),
    "basic": lambda it: Told(sent=(("Authorization", f"Basic {base64.b64encode(f'ada:{it}'.encode()).decode()}"),)),
    "response header": lambda it: Told(received=(("X-Auth-Token", it),)),
    "cookie": lambda it: Told(sent=(("Cookie", f"sid={it}"),)),
    "set-cookie": lambda it: Told(received=(("Set-Cookie", f"sid={it}; Path=/"),)),
    "query": lambda it: Told(f"https://h/a?token={quote(it)}&page=1"),
    "userinfo": lambda it: Told(f"https://ada:{quote(it)}@h/a"),
    "path": lambda it: Told(f"https://h/users/{quote(it)}", sent=(("X-Api-Key", it),)),
    "JSON": lambda it: Told(received=JSON, answer=document(it)),
    "JSON that was sent": lambda it: Told(sent=JSON, asked=document(it)),
    "form": lambda it: Told(sent=FORM, asked=urlencode({"user": "ada", "client_secret": it}).encode()),
    "short": lambda _: Told(received=JSON, answer=b'{"password": "hunt3r"}'),
    "number": lambda _: Told(received=JSON, answer=b'{"cvv": 4711}'),
    "gzip": lambda it: Told(received=(*JSON, ("Content-Encoding", "gzip"), ("Content-Length", str(len(zipped(it))))), answer=zipped(it)),
    "bytes": lambda it: Told(sent=(("X-Api-Key", it),), received=(("Content-Type", "image/png"),), answer=b"\x00\xff " + it.encode() + b" \x80"),
}  # fmt: skip


def zipped(secret: str) -> bytes:
    """JSON in gzip."""
    return gzip.compress(document(secret), mtime=0)


def readings(text: str) -> Iterator[str]:
    """A text, and what it says in each code that it may be in."""
    yield text
    joined = re.sub(r"\\\n\s*|\n\s+", " ", text)
    yield joined
    for each in (text, joined):
        with contextlib.suppress(ValueError):
            yield json.loads(f'"{each}"')
    blobs = re.findall(r"[A-Za-z0-9+/_-]{12,}={0,2}", text)
    for run_ in [*blobs, text] if re.fullmatch(r"[A-Za-z0-9+/=\s]+", text) else blobs:
        for decode in (base64.b64decode, bytes.fromhex):
            with contextlib.suppress(ValueError):
                raw = decode(re.sub(r"\s", "", run_))
                with contextlib.suppress(OSError, EOFError):
                    raw = gzip.decompress(raw)
                yield raw.decode("utf-8", "replace")


def unicode(secret: str) -> str:
    """As JSON has it without escapes."""
    return json.dumps(secret, ensure_ascii=False)[1:-1]


def scalars(path: Path) -> list[str]:
    found = read(path.read_bytes(), path)
    assert found is not None
    return [each.value for each in found.scalars()]


def assert_hidden(path: Path, *secrets: str) -> None:
    """That no secret is in the file, whatever it is read as."""
    values = [path.read_text("utf-8"), *scalars(path)]
    for text in (reading for value in values for reading in readings(value)):
        for secret in secrets:
            for form in (
                secret,
                quote(secret),
                quote_plus(secret),
                json.dumps(secret)[1:-1],
                unicode(secret),
            ):
                assert form not in text


WHERE_ODD = ("basic", "query", "userinfo", "JSON", "JSON that was sent", "form", "gzip")
"""Where a text of any characters may stand."""

CASES = [("plain", place, SECRET) for place in PLACES] + [("odd", place, ODD) for place in WHERE_ODD]


@pytest.mark.parametrize(
    ("place", "secret"), [case[1:] for case in CASES], ids=[" ".join(case[:2]) for case in CASES]
)
@pytest.mark.parametrize("name", FORMATS)
def test_each_place_of_each_format(tmp_path: Path, name: str, place: str, secret: str) -> None:
    """It is found, told without itself, and hidden where it stands; what is no secret reads as it did."""
    path = tmp_path / name
    path.write_text(FORMATS[name](PLACES[place](secret)), "utf-8")
    before, was = path.read_text("utf-8"), scalars(path)
    rules = Rules.default()
    report = check_secrets([path], rules)
    sure = [one for one in report.findings if "holds a secret" in one.text]
    assert sure
    assert all(one.interaction == 1 and one.line for one in sure)
    secrets = {"short": "hunt3r", "number": "4711"}.get(place, secret)
    assert all(secrets not in one.text + one.remedy for one in report.findings)

    assert redact(path, tmp_path, rules, write=False).is_changed
    assert path.read_text("utf-8") == before
    done = redact(path, tmp_path, rules, write=True)
    assert (done.interactions, done.changed) == (1, 1)
    assert all(secrets not in one.place + one.what for one in done.left)
    assert_hidden(path, secrets)
    assert not [one for one in check_secrets([path], rules).findings if "holds a secret" in one.text]
    assert len(scalars(path)) == len(was)
    for old, new in zip(was, scalars(path), strict=True):
        if old != new:
            masked = ["<redacted:" in each or "90909" in each for each in readings(new)]
            assert any(masked) or new.isdigit()  # of a body that changed, the length does, too
    again = path.read_bytes()
    assert not redact(path, tmp_path, rules, write=True).is_changed
    assert path.read_bytes() == again


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that has the cassettes of other tools."""
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    (tmp_path / "cassettes").mkdir()
    for path in HERE.iterdir():
        if path.suffix not in (".py", ".md"):
            shutil.copy(path, tmp_path / "cassettes")
    return tmp_path


def test_what_real_tools_wrote_is_found(project: Path) -> None:
    """In a folder with ours and with what is none; nothing of it is printed."""
    saved(project, "ours.yaml", LEAKY)
    (project / "cassettes" / "package.json").write_text('{"token": "none of our business"}', "utf-8")
    done = run(project, "cassette", "check", "--secrets", "--format", "json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["checked"] == 9
    assert told["others"] == []
    assert {Path(one["path"]).name for one in told["findings"]} == {
        *(path.name for path in (project / "cassettes").iterdir()),
    } - {"package.json"}
    text = run(project, "cassette", "check", "--secrets")
    assert text.returncode == 1
    for each in (done, text):
        for secret in MADE_UP:
            assert secret not in each.stdout + each.stderr


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt())
def test_a_spoilt_file_is_hidden_or_left(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever became of it: no finding is left, or the file is as it was, and no error is any other."""
    folder = tmp_path_factory.getbasetemp()
    path = folder / "spoilt.yaml"
    path.write_bytes(content)
    rules = Rules.default()
    done, said = None, ""
    try:
        done = redact(path, folder, rules, write=True)
    except CassetteError as error:
        said = str(error)
    if done is None:
        assert path.read_bytes() == content
        assert not any(secret in said for secret in MADE_UP)
        return
    assert done.is_changed == (path.read_bytes() != content)
    assert not [one for one in check_secrets([path], rules).findings if "holds a secret" in one.text]


GOLDEN = """\
cassettes/browser.har: to hide in 1 of 1 interaction
    request url holds a secret: token (by its name), 17 characters
    request cookies holds a secret: sid (by its name), 4 characters
    request queryString holds a secret: token (by its name), 17 characters
cassettes/vcrpy.yaml: to hide in 1 of 1 interaction, and elsewhere
    request url holds a secret: token (by its name), 17 characters
    elsewhere $.made_with holds a secret: token (by its form, or known), 17 characters
nothing was changed; to do it:  --write
"""


def test_the_page(tmp_path: Path) -> None:
    """What a file says twice is told in its words, and what is no part of an interaction as well."""
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    folder = tmp_path / "cassettes"
    folder.mkdir()
    told = PLACES["query"](SECRET)
    text = vcrpy_yaml(told) + f"made_with: {SECRET} # by hand, with {SECRET}\n"
    (folder / "vcrpy.yaml").write_text(text, "utf-8")
    archive = json.loads(har(told))
    archive["log"]["entries"][0]["request"]["cookies"] = [{"name": "sid", "value": "abcd"}]
    (folder / "browser.har").write_text(json.dumps(archive), "utf-8")
    done = run(tmp_path, "cassette", "redact")
    assert done.stdout == GOLDEN
    assert run(tmp_path, "cassette", "redact", "--check").returncode == 1
    assert run(tmp_path, "cassette", "redact", "--write").returncode == 0
    now = (folder / "vcrpy.yaml").read_text("utf-8")
    mask = "<redacted:token:1>"
    assert now == text.replace(quote(SECRET), mask).replace(SECRET, mask)
    assert json.loads((folder / "browser.har").read_text("utf-8"))["log"]["entries"][0]["request"][
        "cookies"
    ] == [{"name": "sid", "value": "<redacted:sid:1>"}]
    assert run(tmp_path, "cassette", "redact", "--check").returncode == 0


def test_what_real_tools_wrote_is_hidden(project: Path) -> None:
    """All that names and forms tell; nothing but values changes, and TOML is refused and left as it was."""
    before = {path.name: path.read_bytes() for path in (project / "cassettes").iterdir()}
    done = run(project, "cassette", "redact", "--write")
    assert done.returncode == 2
    assert (
        "cassetter.toml: its secrets cannot be hidden in place: TOML is looked into and not written"
        in done.stderr
    )
    for path in (project / "cassettes").iterdir():
        if path.suffix == ".toml":
            assert path.read_bytes() == before[path.name]
            continue
        assert_hidden(path, *(secret for secret in MADE_UP if secret not in KEPT.get(path.name, ())))
        old, new = before[path.name].decode(), path.read_text("utf-8")
        assert old.count("\n") == new.count("\n")
        for was, now in zip(old.split("\n"), new.split("\n"), strict=True):
            if was != now:
                assert "<redacted:" in now or re.fullmatch(r"""[\s"'A-Za-z0-9+/=,:-]+""", now)
    (project / "cassettes" / "cassetter.toml").unlink()
    assert run(project, "cassette", "redact", "--check").returncode == 0


def test_what_is_known_here_is_hidden_too(project: Path) -> None:
    """In bytes that are written in hexadecimal as well."""
    name = "cassettes/cassetter.yaml"
    done = run(project, "cassette", "redact", "--write", name, MY_TOKEN=MADE_UP[0], MY_PASSWORD=MADE_UP[5])
    assert done.returncode == 0, done.stderr
    assert_hidden(project / name, *MADE_UP)


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--secrets"),
        ("redact",),
        *(("diff", *form, "cassettes/vcrpy.yaml", "cassettes/betamax.json") for form in ((), ("--format", "json"), ("--format", "markdown"))),
        ("diff", "cassettes/cassetter.yaml", "cassettes/cassetter.toml"),
        ("diff", "cassettes/browser.har", "cassettes/vcrpy.json"),
        *(("show", *form, "cassettes/vcrpy.yaml") for form in ((), ("--format", "json"), ("--flow",))),
        ("to-mocks", "cassettes/vcrpy.yaml"),
        ("list",),
        ("check",),
        ("check", "cassettes/vcrpy.yaml"),
        ("prune",),
        ("migrate",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_shows_or_changes_one(project: Path, words: tuple[str, ...]) -> None:
    """Whether it reads the formats of others or leaves them alone."""
    before = {path.name: path.read_bytes() for path in (project / "cassettes").iterdir()}
    done = run(project, "cassette", *words)
    assert done.returncode in (0, 1, 2)
    assert "Traceback" not in done.stderr
    for secret in MADE_UP:
        assert secret not in done.stdout + done.stderr
    assert {path.name: path.read_bytes() for path in (project / "cassettes").iterdir()} == before


def test_line_ends_stay(project: Path) -> None:
    """Those of Windows, too, also where a blob is written anew."""
    path = project / "cassettes" / "vcrpy.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert run(project, "cassette", "redact", "--write", "cassettes/vcrpy.yaml").returncode == 0
    assert_hidden(path, *MADE_UP)
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")


SHARED = """\
interactions:
- request: &r {body: null, headers: {Authorization: &t [Bearer IT], X-Other: *t}, method: GET, uri: 'https://h/a'}
  response: &a {body: {string: '{"password": "hunt3r"}'}, headers: {}, status: {code: 200, message: OK}}
- request: *r
  response: *a
version: 1
"""


def test_what_is_shared_is_hidden_once(project: Path) -> None:
    """An alias says again what stands elsewhere; both interactions are told of."""
    path = project / "cassettes" / "shared.yaml"
    path.write_text(SHARED.replace("IT", SECRET), "utf-8")
    done = run(project, "cassette", "redact", "--write", "cassettes/shared.yaml")
    assert "hidden in 2 of 2 interactions" in done.stdout
    masked = SHARED.replace("IT", "<redacted:authorization:1>").replace("hunt3r", "<redacted:password:1>")
    assert path.read_text("utf-8") == masked


def test_git_merges_them_as_text(project: Path) -> None:
    """What is merged is written in our format, and a cassette of another tool has to stay one."""
    folder = project / "cassettes"
    base = (folder / "vcrpy.yaml").read_text("utf-8")
    for name, text in {"base": base, "ours": base, "theirs": base.replace("ada", "eve")}.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    words = [f"cassettes/{name}.yaml" for name in ("base", "ours", "theirs")]
    done = run(project, "cassette", "git-driver", "merge", *words)
    assert done.returncode == 0, done.stderr
    assert (folder / "ours.yaml").read_text("utf-8") == base.replace("ada", "eve")
    assert run(project, "cassette", "git-driver", "text", words[0]).stdout == base


def test_a_difference_is_told_between_tools(project: Path) -> None:
    """Both sides are read, whoever wrote them: of the same flow, one kept an answer as YAML has it."""
    done = run(project, "cassette", "diff", "cassettes/vcrpy.json", "cassettes/betamax.json")
    assert done.returncode == 1, done.stderr
    assert "added" in done.stdout
    assert run(project, "cassette", "diff", "cassettes/vcrpy.yaml", "cassettes/vcrpy.yaml").returncode == 0


def test_plain_check_leaves_them_alone(project: Path) -> None:
    """A cassette of another tool is none of ours."""
    done = run(project, "cassette", "check")
    assert done.returncode == 0
    assert "cassettes/vcrpy.yaml: no cassette, left alone" in done.stderr
    assert run(project, "cassette", "check", "cassettes/vcrpy.yaml").returncode == 2
    assert run(project, "cassette", "show", "cassettes/vcrpy.yaml").returncode == 2


def test_a_broken_one_is_no_clean_one(project: Path) -> None:
    """Nobody can vouch for what cannot be read, in a folder as by its name."""
    for path in (project / "cassettes").iterdir():
        path.unlink()
    text = (HERE / "vcrpy.json").read_text("utf-8")
    (project / "cassettes" / "half.json").write_text(text[: len(text) // 2], "utf-8")
    for words in ((), ("cassettes/half.json",)):
        done = run(project, "cassette", "check", "--secrets", *words)
        assert done.returncode == 1
        assert "unreadable: it looks like a recording of another tool: not valid JSON" in done.stdout
        assert run(project, "cassette", "redact", "--write", *words).returncode == 2
    assert (project / "cassettes" / "half.json").read_text("utf-8") == text[: len(text) // 2]


def test_a_body_beside_a_cassette_is_no_recording(project: Path) -> None:
    """An archive may be what was downloaded; it belongs to the cassette that names it."""
    folder = project / "cassettes" / "big.bodies"
    folder.mkdir()
    shutil.copy(HERE / "browser.har", folder / "0123.json")
    told = json.loads(run(project, "cassette", "check", "--secrets", "--format", "json").stdout)
    assert not [one for one in told["findings"] if "big.bodies" in one["path"]]


def test_a_link_stays_one_and_what_is_read_only_stays(project: Path) -> None:
    """As with our own cassettes."""
    path = project / "cassettes" / "vcrpy.yaml"
    elsewhere = project / "real.yaml"
    path.rename(elsewhere)
    elsewhere.chmod(0o640)
    path.symlink_to(elsewhere)
    assert run(project, "cassette", "redact", "--write", "cassettes/vcrpy.yaml").returncode == 0
    assert path.is_symlink()
    assert elsewhere.stat().st_mode & 0o777 == 0o640
    assert_hidden(elsewhere, *MADE_UP)
