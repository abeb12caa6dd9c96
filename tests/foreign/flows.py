"""What people do with AWS, as functions of an account: each makes what it needs and tells what it saw."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import boto3  # type: ignore[import-untyped]  # ships no types, as all of botocore
import requests
from boto3.s3.transfer import TransferConfig  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from tests.contract.seen import SECRET

__all__ = ["FLOWS", "Account", "Flow"]

PASSWORD = f"{SECRET}-of-a-user"
MIB = 2**20
BUCKET = "a-bucket"
_SESSION = boto3.Session()  # one for all accounts: to read AWS's models takes longer than to use them


class Account:
    """Somebody's credentials, and the clients made with them; Any: boto3 makes its clients at run time."""

    def __init__(self, key: str, secret: str, url: str, ca: str) -> None:
        self.key, self.secret, self.url, self.ca = key, secret, url, ca
        self.client = cache(self._client)

    def _client(self, service: str, signature: str | None = None) -> Any:
        config = Config(
            signature_version=signature, s3={"addressing_style": "path"}, retries={"mode": "legacy"}
        )
        return _SESSION.client(
            service,
            "eu-west-1",
            endpoint_url=self.url,
            verify=self.ca,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            config=config,
        )

    @cached_property
    def bucket(self) -> Any:
        """An S3 client, when its bucket is there."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        return s3

    def fetched(self, url: str, method: str = "GET", **options: Any) -> object:
        """What requests gets there, without any credentials but those of the URL."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, url, verify=self.ca, **options)
            return answer.status_code, answer.reason, dict(answer.headers), answer.content


@dataclass(frozen=True)
class Flow:
    """`act`, and the values that redaction hides from a replay, by where they stand in what it tells.

    Over TLS an upload to S3 is framed, so that its checksum can follow it: some flows use both `schemes`.
    """

    act: Callable[[Account], object]
    hidden: frozenset[str] = frozenset()
    schemes: tuple[str, ...] = ("http",)


FLOWS: dict[str, Flow] = {}


def flow(
    *hidden: str, schemes: str = "http"
) -> Callable[[Callable[[Account], object]], Callable[[Account], object]]:
    """Registers the decorated function under its name."""

    def register(act: Callable[[Account], object]) -> Callable[[Account], object]:
        FLOWS[act.__name__] = Flow(act, frozenset(hidden), tuple(schemes.split()))
        return act

    return register


def refused(call: Callable[..., object], **options: object) -> object:
    """The class of the error, and what it says."""
    try:
        return call(**options)
    except ClientError as error:
        return type(error).__name__, str(error), error.response


@flow(schemes="http https")
def s3_objects(account: Account) -> object:
    s3 = account.bucket
    seen = [
        s3.put_object(
            Bucket=BUCKET, Key="small", Body=b"0123456789", ContentType="text/plain", Metadata={"a": "b"}
        )
    ]
    for key in ("süß/ключ", "a b+c&d=e?f#g%20", "./..//"):
        seen += [s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode()), read(s3, key)]
    seen += [
        s3.put_object(Bucket=BUCKET, Key="empty"),
        read(s3, "empty"),
        read(s3, "small"),
        read(s3, "small", Range="bytes=2-4"),
        s3.head_object(Bucket=BUCKET, Key="small"),
        s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "süß/ключ"}),
        read(s3, "copy"),
        s3.delete_object(Bucket=BUCKET, Key="copy"),
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "small"}, {"Key": "empty"}]}),
    ]
    return seen


def read(s3: Any, key: str, **options: object) -> dict[str, Any]:
    """An object with its whole body."""
    answer = s3.get_object(Bucket=BUCKET, Key=key, **options)
    return {**answer, "Body": answer["Body"].read()}


@flow(schemes="https")
def s3_streams(account: Account) -> object:
    s3 = account.bucket
    s3.put_object(Bucket=BUCKET, Key="big", Body=bytes(range(256)) * 4096)
    s3.put_object(Bucket=BUCKET, Key="file", Body=io.BytesIO(b"a line\n" * 1000))
    body = s3.get_object(Bucket=BUCKET, Key="big")["Body"]
    seen = [[len(piece) for piece in body.iter_chunks(300_000)]]
    seen.append(list(s3.get_object(Bucket=BUCKET, Key="file")["Body"].iter_lines()))
    body = s3.get_object(Bucket=BUCKET, Key="big")["Body"]
    seen.append(body.read(1000))
    body.close()
    return seen


@flow()
def s3_lists(account: Account) -> object:
    s3 = account.bucket
    for number in range(5):
        s3.put_object(Bucket=BUCKET, Key=f"{number % 2}/{number} ü", Body=b"x" * number)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2})
    below = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/", EncodingType="url")
    return [*pages, below, s3.list_objects(Bucket=BUCKET, Prefix="1/"), s3.list_buckets()]


@flow()
def s3_multipart(account: Account) -> object:
    s3 = account.bucket
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(Bucket=BUCKET, Key="parts", PartNumber=number, UploadId=upload, Body=body)[
                "ETag"
            ],
        }
        for number, body in enumerate((b"a" * 5 * MIB, b"b" * 5 * MIB, b"c"), 1)
    ]
    seen = [
        s3.list_parts(Bucket=BUCKET, Key="parts", UploadId=upload)["Parts"],
        s3.complete_multipart_upload(
            Bucket=BUCKET, Key="parts", UploadId=upload, MultipartUpload={"Parts": parts}
        ),
        s3.head_object(Bucket=BUCKET, Key="parts"),
    ]
    left = s3.create_multipart_upload(Bucket=BUCKET, Key="left")["UploadId"]
    return [*seen, s3.abort_multipart_upload(Bucket=BUCKET, Key="left", UploadId=left)]


@flow(schemes="https")
def s3_transfers(account: Account) -> object:
    """boto3's own up- and downloads in parts, by a pool of threads."""
    s3, content = account.bucket, b"".join(b"%07d\n" % number for number in range(6 * MIB // 8))
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(content), BUCKET, "file", Config=config)
    got = io.BytesIO()
    s3.download_fileobj(BUCKET, "file", got, Config=config)
    return got.getvalue() == content


@flow(schemes="https")
def s3_errors(account: Account) -> object:
    s3 = account.bucket
    tag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")["ETag"]
    return [
        refused(s3.get_object, Bucket=BUCKET, Key="none"),
        refused(s3.head_object, Bucket=BUCKET, Key="none"),
        refused(s3.get_object, Bucket="no-bucket", Key="k"),
        refused(s3.get_object, Bucket=BUCKET, Key="k", IfNoneMatch=tag),
        refused(s3.get_object, Bucket=BUCKET, Key="k", IfMatch='"other"'),
        refused(s3.get_object, Bucket=BUCKET, Key="k", Range="bytes=5-6"),
        refused(s3.put_object, Bucket="no-bucket", Key="k", Body=io.BytesIO(b"not sent")),
    ]


@flow("0.Body", "0.ContentLength", schemes="http https")
def s3_content(account: Account) -> object:
    """What has a coding, and what holds a secret: botocore verifies the checksums of both."""
    s3 = account.bucket
    document = json.dumps({"user": "alice", "password": PASSWORD}).encode()
    s3.put_object(Bucket=BUCKET, Key="json", Body=document, ContentType="application/json")
    zipped = gzip.compress(b"text " * 100, mtime=0)
    s3.put_object(Bucket=BUCKET, Key="gz", Body=zipped, ContentEncoding="gzip", ChecksumAlgorithm="SHA256")
    kept = ("Body", "ContentLength", "ContentType", "ContentEncoding", "ChecksumSHA256", "ETag")
    return [{name: seen.get(name) for name in kept} for seen in (read(s3, "json"), read(s3, "gz"))]


@flow()
def s3_signed(account: Account) -> object:
    seen = []
    account.bucket.put_object(Bucket=BUCKET, Key="ü", Body=b"signed")
    for version in ("s3", "s3v4"):
        s3 = account.client("s3", version)
        place = {"Bucket": BUCKET, "Key": "ü"}
        seen += [
            account.fetched(s3.generate_presigned_url("get_object", place, 60)),
            account.fetched(s3.generate_presigned_url("put_object", place, 60), "PUT", data=b"again"),
            account.fetched(s3.generate_presigned_url("get_object", place, 90)),
        ]
        form = s3.generate_presigned_post(BUCKET, "posted")
        seen.append(account.fetched(form["url"], "POST", data=form["fields"], files={"file": b"posted"}))
    return seen


@flow("2.Item.password.S")
def dynamodb(account: Account) -> object:
    table = account.client("dynamodb")
    key: dict[str, Any] = {"AttributeName": "id"}
    table.create_table(
        TableName="t",
        KeySchema=[{**key, "KeyType": "HASH"}],
        AttributeDefinitions=[{**key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {
        "id": {"S": "ü"},
        "n": {"N": "1.50"},
        "b": {"B": b"\0\xff"},
        "l": {"L": [{"NULL": True}, {"BOOL": False}]},
    }
    secret = {"id": {"S": "x"}, "password": {"S": PASSWORD}}
    seen = [table.put_item(TableName="t", Item=item), table.get_item(TableName="t", Key={"id": {"S": "ü"}})]
    table.put_item(TableName="t", Item=secret)
    got = table.get_item(TableName="t", Key={"id": {"S": "x"}})
    seen.append({"Item": got["Item"]})
    return [*seen, refused(table.get_item, TableName="none", Key={"id": {"S": "ü"}})]


@flow()
def sqs(account: Account) -> object:
    queue = account.client("sqs")
    url = queue.create_queue(QueueName="q")["QueueUrl"]
    attribute = {"colour": {"DataType": "String", "StringValue": "blue"}}
    sent = queue.send_message(QueueUrl=url, MessageBody="hello ü", MessageAttributes=attribute)
    got = queue.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    gone = queue.delete_message(QueueUrl=url, ReceiptHandle=got["Messages"][0]["ReceiptHandle"])
    return [sent, got, gone, queue.receive_message(QueueUrl=url)]


@flow(*(f"0.Credentials.{name}" for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")))
def sts(account: Account) -> object:
    role = account.client("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="session"
    )
    return [
        {"Credentials": role["Credentials"], "User": role["AssumedRoleUser"]},
        account.client("sts").get_caller_identity()["Arn"],
    ]


@flow("0.AccessKey.AccessKeyId", "0.AccessKey.SecretAccessKey")
def iam(account: Account) -> object:
    users = account.client("iam")
    users.create_user(UserName="alice")
    key = users.create_access_key(UserName="alice")["AccessKey"]
    return [{"AccessKey": key}, refused(users.get_user, UserName="bob")]
