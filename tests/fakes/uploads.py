"""A media store in memory, with the sizes and metadata that intake looks at."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import PermanentError
from pipeline.uploads import Listed, ObjectHead, Offer


@dataclass
class MemoryUploads:
    """Objects by key in the order of their last write; `heads` may tell of what is not there."""

    engine: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)
    heads: dict[str, ObjectHead] = field(default_factory=dict)
    modified: dict[str, datetime] = field(default_factory=dict)

    @contextmanager
    def fetch(self, key: str, etag: str = "") -> Iterator[Path]:
        if etag and key in self.heads and etag != self.heads[key].etag:
            raise PermanentError("The file was replaced by a newer upload.", code="replaced")
        if key not in self.bodies:
            raise PermanentError("The recording is not there any more.", code="media-missing")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "media"
            path.write_bytes(self.bodies[key])
            yield path

    def store(self, key: str, path: Path) -> None:
        self.upload(key, path, {})

    def upload(self, key: str, path: Path, metadata: dict[str, str]) -> None:
        self.put(key, path.read_bytes(), metadata)

    def put(self, key: str, body: bytes = b"x", metadata: Mapping[str, str] | None = None) -> None:
        """Bytes that stand in no file; the ETag is their hash."""
        self.remove(key)
        self.bodies[key] = body
        self.heads[key] = ObjectHead(
            size=len(body), etag=f"{hash(body):x}", metadata=dict(metadata or {})
        )

    def exists(self, key: str) -> bool:
        return key in self.bodies

    def remove(self, key: str) -> None:
        self.bodies.pop(key, None)
        self.heads.pop(key, None)

    def head(self, key: str) -> ObjectHead | None:
        return self.heads.get(key)

    def keys(self, prefix: str) -> Iterator[str]:
        return iter([key for key in self.bodies if key.startswith(prefix)])

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        for key in sorted(self.heads):
            if key.startswith(prefix) and key > after:
                modified = self.modified.get(key, datetime.now(UTC))
                yield Listed(key=key, etag=self.heads[key].etag, modified=modified)

    def offer(self, key: str, metadata: dict[str, str], seconds: int) -> Offer:
        return Offer(url=f"memory:{key}?{seconds}", headers=metadata)

    def download_link(self, key: str, seconds: int) -> str:
        return f"memory:{key}?{seconds}"

    def newest(self, prefix: str) -> str | None:
        return next((key for key in reversed(self.heads) if key.startswith(prefix)), None)
