"""The embedded S3 endpoint keeps its objects as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from embedded.storage import BUCKET, REGION, Mirror


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        made = boto3.client(
            "s3", region_name=REGION, aws_access_key_id="k", aws_secret_access_key="s"
        )
        made.create_bucket(Bucket=BUCKET)
        yield made


def test_an_object_that_goes_while_it_is_copied_keeps_no_other_from_being_kept(
    s3: Any,  # noqa: ANN401 - boto3 makes its clients at run time
    tmp_path: Path,
) -> None:
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    mirror = Mirror(s3, tmp_path)

    def gone(**_: object) -> None:
        s3.delete_object(Bucket=BUCKET, Key="b")

    s3.meta.events.register("before-call.s3.GetObject", gone)
    mirror.save()
    assert {one.name for one in tmp_path.glob("*.object")} == {"a.object", "c.object"}
    mirror.save()
    assert {one.name for one in tmp_path.glob("*.told")} == {"a.told", "c.told"}
