"""botocore, which has connection classes of its own and asks S3 before it uploads."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped]  # ships no types, as botocore
import botocore.exceptions  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from api_mocker._core.model import Failure
from api_mocker.exceptions import NotRecorded

from .test_urllib3_failures import Declared
from .urllib3_stage import Peer, Tape, cut, listening, serving, watched

if TYPE_CHECKING:
    from collections.abc import Callable


def client(url: str, **config: Any) -> Any:  # Any: boto3 makes its clients at run time
    """An S3 client that does not retry."""
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="an id",
        aws_secret_access_key="a secret",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **config),
    )


class Loose(Tape):
    """A tape that takes requests for the same when method, URL and body are: headers hold times."""

    def open(self, request: Any) -> Any:
        return super().open(type(request)(request.method, request.url, body=request.body))


def run(scenario: Callable[[], Any]) -> tuple[Any, Tape]:
    """As `thrice`, with loose tapes."""
    bare = scenario()
    tape = Loose()
    with watched(tape):
        assert scenario() == bare
    replayed = Loose(tape)
    with watched(replayed), cut():
        assert scenario() == bare
    assert replayed.left == 0
    return bare, tape


def test_an_upload_that_asks_first() -> None:
    """put_object sends `Expect: 100-continue`, waits for the word, and uploads; on replay it waits for nobody."""
    with serving(lambda peer: peer.answer(b"", b'ETag: "x"')) as server:

        def scenario() -> Any:
            return client(server.url).put_object(Bucket="bucket", Key="k", Body=io.BytesIO(b"content"))[
                "ETag"
            ]

        seen, tape = run(scenario)
    assert seen == '"x"'
    assert all(b"Expect: 100-continue" in peer.head for peer in server.seen)
    assert [b"content" in request.body for request in tape.requests] == [True]


def test_an_upload_that_is_refused_first() -> None:
    """An answer in place of 100-continue is taken for the answer, and the body is not sent, in all three runs."""
    heads: list[bytes] = []

    def handle(connection: Any) -> None:
        heads.append(b"")
        with connection.makefile("rb") as stream:
            while not heads[-1].endswith(b"\r\n\r\n"):
                heads[-1] += stream.readline()
            body = b"<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>"
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            assert stream.read() == b""

    with listening(handle) as server:

        def scenario() -> Any:
            with pytest.raises(botocore.exceptions.ClientError, match="NoSuchBucket") as caught:
                client(server.url).put_object(Bucket="bucket", Key="k", Body=io.BytesIO(b"content"))
            return caught.value.response["ResponseMetadata"]["HTTPStatusCode"]

        assert run(scenario)[0] == 404
    assert len(heads) == 2


def test_a_body_is_streamed() -> None:
    """A StreamingBody gives the same pieces in all three runs."""

    def script(peer: Peer) -> None:
        peer.answer(b"x" * 100_000, b'ETag: "x"')

    with serving(script) as server:

        def scenario() -> Any:
            body = client(server.url).get_object(Bucket="bucket", Key="k")["Body"]
            return [len(piece) for piece in body.iter_chunks(30_000)]

        assert run(scenario)[0] == [30_000, 30_000, 30_000, 10_000]


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("connect_timeout", botocore.exceptions.ConnectTimeoutError),
        ("read_timeout", botocore.exceptions.ReadTimeoutError),
        ("refused", botocore.exceptions.EndpointConnectionError),
        ("dns", botocore.exceptions.EndpointConnectionError),
        ("tls", botocore.exceptions.SSLError),
        ("reset", botocore.exceptions.ConnectionClosedError),
        ("protocol", botocore.exceptions.ConnectionClosedError),
    ],
)
def test_failures_are_botocores(kind: Any, raised: type[Exception]) -> None:
    """A failure comes out as the class that botocore makes of it."""
    with watched(Declared(Failure(kind))), cut(), pytest.raises(raised):
        client("https://s3.example").get_object(Bucket="bucket", Key="k")


def test_a_refusal_can_be_recognised() -> None:
    """botocore wraps whatever it does not know; our error is in what it raises."""
    tape = Tape(Tape())
    with watched(tape), cut(), pytest.raises(botocore.exceptions.HTTPClientError) as caught:
        client("http://s3.example").get_object(Bucket="bucket", Key="k")
    assert caught.value.kwargs["error"] is tape.refusals[0]
    assert isinstance(tape.refusals[0], NotRecorded)


def test_s3_against_moto() -> None:
    """put, get, list and a multipart upload against a moto server, which is not ours."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"

        def scenario() -> Any:
            s3 = client(url)
            s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            s3.put_object(Bucket="bucket", Key="one", Body=b"bytes")
            s3.upload_fileobj(io.BytesIO(b"file"), "bucket", "two")
            upload = s3.create_multipart_upload(Bucket="bucket", Key="three")["UploadId"]
            parts = [
                {
                    "PartNumber": number,
                    "ETag": s3.upload_part(
                        Bucket="bucket", Key="three", PartNumber=number, UploadId=upload, Body=letter * size
                    )["ETag"],
                }
                for number, letter, size in ((1, b"a", 5 * 2**20), (2, b"b", 10))
            ]
            s3.complete_multipart_upload(
                Bucket="bucket", Key="three", UploadId=upload, MultipartUpload={"Parts": parts}
            )
            listed = [(item["Key"], item["Size"]) for item in s3.list_objects_v2(Bucket="bucket")["Contents"]]
            got = [s3.get_object(Bucket="bucket", Key=key)["Body"].read() for key, _ in listed]
            with pytest.raises(s3.exceptions.NoSuchKey):
                s3.get_object(Bucket="bucket", Key="none")
            for key, _ in listed:
                s3.delete_object(Bucket="bucket", Key=key)
            s3.delete_bucket(Bucket="bucket")
            return listed, got

        tape = Loose()
        with watched(tape):
            recorded = scenario()
        replayed = Loose(tape)
        with watched(replayed), cut():
            assert scenario() == recorded
        assert replayed.left == 0
    finally:
        server.stop()
    assert recorded[0] == [("one", 5), ("three", 5 * 2**20 + 10), ("two", 4)]
    assert recorded[1][1] == b"a" * 5 * 2**20 + b"b" * 10
