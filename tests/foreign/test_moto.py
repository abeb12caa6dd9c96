"""AWS through boto3: recorded from moto, and replayed when it is gone, with other credentials."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest
from botocore import retryhandler  # type: ignore[import-untyped]  # ships no types
from botocore.exceptions import FlexibleChecksumError, HTTPClientError  # type: ignore[import-untyped]
from tests.contract.runs import sockets_cut
from tests.contract.seen import SECRET

import api_mocker
from api_mocker._core.placeholders import PLACEHOLDER

from .flows import BUCKET, FLOWS, Account, Flow
from .serving import Moto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import trustme

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
ROWS = [(name, scheme) for name, flow in FLOWS.items() for scheme in flow.schemes]
FRESH = frozenset(
    {
        *("requestid", "x-amzn-requestid", "date", "last-modified", "lastmodified", "expires"),
        *("creationdate", "createdate", "expiration", "uploadid", "messageid", "receipthandle"),
        *("assumedroleid", "accesskeyid", "secretaccesskey", "sessiontoken"),
    }
)
"""What moto makes up anew in each run, by the last part of the place where it stands; in lower case."""


@dataclass(frozen=True)
class Recorded:
    """What a flow told without the tool and with it, leaf by leaf, and what was written down."""

    flow: Flow
    account: Account
    bare: dict[str, object]
    seen: dict[str, object]
    asked: tuple[str, ...]
    interactions: tuple[api_mocker.Interaction, ...]
    path: Path

    def replayed(self, **options: object) -> dict[str, object]:
        """What it tells when only the cassette is there, to somebody with other credentials."""
        other = Account("dummy", "dummy", self.account.url, self.account.ca)
        with sockets_cut(), api_mocker.use_cassette(self.path, **options):
            return leaves(self.flow.act(other))


def leaves(value: object, place: str = "") -> dict[str, object]:
    """Every value that is no container, by the keys and indices that lead to it."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list | tuple)
        else None
    )
    if items is None:
        return {place.lstrip("."): value}
    return {path: leaf for key, below in items for path, leaf in leaves(below, f"{place}.{key}").items()}


def reset(server: Moto, context: ssl.SSLContext | None = None) -> None:
    """moto forgets everything."""
    with urlopen(Request(f"{server.url}/moto-api/reset", method="POST"), context=context):
        server.log.clear()


@pytest.fixture(scope="module", autouse=True)
def nobody() -> Iterator[None]:
    """The machine's own account stays out of it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, "/dev/null")
        yield


@pytest.fixture(scope="session")
def context(authority: trustme.CA) -> ssl.SSLContext:
    """What moto shows over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def record(
    tmp_path_factory: pytest.TempPathFactory, context: ssl.SSLContext, ca: str
) -> Callable[[str, str], Recorded]:
    """Records a flow, once, from a moto of its own; then the server is stopped."""
    trusting = ssl.create_default_context(cafile=ca)

    @cache
    def recorded(name: str, scheme: str) -> Recorded:
        flow, path = FLOWS[name], tmp_path_factory.mktemp(name) / "cassette.yaml"
        with Moto(context if scheme == "https" else None) as server:
            account = Account(KEY_ID, f"{SECRET}-access-key", server.url, ca)
            reset(server, trusting)
            bare = leaves(flow.act(account))
            reset(server, trusting)
            with api_mocker.use_cassette(path, record_mode="once") as cassette:
                seen = leaves(flow.act(Account(account.key, account.secret, server.url, ca)))
        return Recorded(flow, account, bare, seen, tuple(server.log), tuple(cassette.interactions), path)

    return recorded


@pytest.fixture(params=ROWS, ids=" ".join)
def recorded(request: pytest.FixtureRequest, record: Callable[[str, str], Recorded]) -> Recorded:
    """One flow over one scheme."""
    return record(*request.param)


def differing(one: dict[str, object], other: dict[str, object]) -> set[str]:
    """Where two runs were told something else."""
    return {place for place in one | other if one.get(place) != other.get(place)}


def test_recording_changes_nothing(recorded: Recorded) -> None:
    """What boto3 returns while it is recorded is what it returns without the tool."""
    places = differing(recorded.bare, recorded.seen)
    assert not {place for place in places if place.rpartition(".")[2].lower() not in FRESH}


def test_every_exchange_is_one_interaction(recorded: Recorded) -> None:
    """The cassette holds as many interactions as requests reached moto."""
    assert recorded.asked
    assert len(recorded.interactions) == len(recorded.asked)


def test_a_replay_tells_what_the_recording_told(recorded: Recorded) -> None:
    """With moto gone, and with other credentials, all is equal but for what redaction hides."""
    replayed = recorded.replayed()
    assert differing(recorded.seen, replayed) == recorded.flow.hidden
    for place in recorded.flow.hidden:
        assert "Length" in place or PLACEHOLDER.search(str(replayed[place]))


def test_no_secret_is_written(recorded: Recorded) -> None:
    """Neither the account's key, nor what AWS gave out, nor what was uploaded reaches the folder."""
    told = [value for place, value in recorded.seen.items() if place in recorded.flow.hidden]
    secrets = {SECRET, KEY_ID, *(value for value in told if isinstance(value, str))}
    for file in recorded.path.parent.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not [secret for secret in secrets if secret.encode() in content]


def test_recording_again_leaves_the_file(tmp_path: Path, ca: str) -> None:
    """Signatures, dates and request ids are others each time, and no reason to write anything anew."""
    path, texts = tmp_path / "signed.yaml", []
    with Moto() as server:
        for mode in ("once", "all", "rewrite"):
            reset(server)
            with api_mocker.use_cassette(path, record_mode=mode):
                FLOWS["s3_signed"].act(Account(KEY_ID, f"{SECRET}-{mode}", server.url, ca))
            texts.append(path.read_text())
    assert texts[0] == texts[1] == texts[2]


def test_each_try_is_one_interaction(tmp_path: Path, ca: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore tries again when S3 is busy, and on replay it does so too."""
    monkeypatch.setattr(retryhandler, "random", SimpleNamespace(random=lambda: 0.001))  # how long it waits
    path = tmp_path / "busy.yaml"
    with Moto() as server:
        account = Account(KEY_ID, SECRET, server.url, ca)
        server.busy = 2
        with api_mocker.use_cassette(path, record_mode="once") as cassette:
            recorded = account.client("s3").list_buckets()
    assert [seen.response and seen.response.status for seen in cassette.interactions] == [503, 503, 200]
    assert recorded["ResponseMetadata"]["RetryAttempts"] == 2
    with sockets_cut(), api_mocker.use_cassette(path):
        assert account.client("s3").list_buckets() == recorded


def test_checksums_are_verified_on_replay(tmp_path: Path, ca: str) -> None:
    """Who damages a recorded object by hand is told so by botocore, as of a damaged download."""

    def upload_and_read(account: Account) -> None:
        account.bucket.put_object(Bucket=BUCKET, Key="k", Body=b"hello world")
        account.bucket.get_object(Bucket=BUCKET, Key="k")["Body"].read()

    path = tmp_path / "object.yaml"
    with Moto() as server:
        account = Account(KEY_ID, SECRET, server.url, ca)
        reset(server)
        with api_mocker.use_cassette(path, record_mode="once"):
            upload_and_read(account)
    before, _, after = path.read_text().rpartition("hello world")
    path.write_text(f"{before}hello w0rld{after}")
    account = Account("dummy", "dummy", server.url, ca)
    with pytest.raises(FlexibleChecksumError), api_mocker.use_cassette(path):
        upload_and_read(account)


def test_a_token_that_botocore_makes_up_is_ignored_when_told(tmp_path: Path, ca: str) -> None:
    """Idempotency tokens stand in the body: the error names the entry of `ignore` that lets them vary."""
    path, entry = tmp_path / "token.yaml", "json:$.ClientRequestToken"

    def create(account: Account) -> object:
        return account.client("secretsmanager").create_secret(Name="n", SecretString=SECRET)["ARN"]

    with Moto() as server:
        account = Account(KEY_ID, SECRET, server.url, ca)
        reset(server)
        with api_mocker.use_cassette(path, record_mode="once"):
            arn = create(account)
    with pytest.raises(HTTPClientError, match=re.escape(entry)), api_mocker.use_cassette(path):
        create(account)
    with sockets_cut(), api_mocker.use_cassette(path, ignore=[entry]):
        assert create(account) == arn
