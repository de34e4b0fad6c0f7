"""What contract tests are given of the real servers."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from config.settings import Settings
from tests.servers import s3_client


@pytest.fixture(scope="session")
def own_bucket(real: Settings) -> Iterator[Settings]:
    """The real S3 server with a bucket that keeps versions, made for the tests and gone after them."""
    raw, name = s3_client(real), f"test-{uuid4().hex[:12]}"
    raw.create_bucket(Bucket=name)
    raw.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    media = real.media.model_copy(update={"bucket": name})
    yield real.model_copy(update={"media": media})
    for page in raw.get_paginator("list_object_versions").paginate(Bucket=name):
        for one in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            raw.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
    raw.delete_bucket(Bucket=name)
