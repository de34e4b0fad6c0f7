"""Values as JSON artifacts, and the content hash under which a result may be used again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter

from pipeline.stage import AnyStage

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One value at rest: the name of its type and its JSON."""

    type: str
    body: str

    @property
    def sha256(self) -> str:
        """Hash of the JSON."""
        return hashlib.sha256(self.body.encode()).hexdigest()


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def freeze(value: object) -> Artifact:
    """A value as an artifact; equal values give equal JSON."""
    return Artifact(type=type(value).__name__, body=_adapter(type(value)).dump_json(value).decode())


def thaw(kind: type[T], artifact: Artifact) -> T:
    """The value again; ValueError when the artifact holds another type."""
    if artifact.type != kind.__name__:
        message = f"artifact holds {artifact.type}, not {kind.__name__}"
        raise ValueError(message)
    value: T = _adapter(kind).validate_json(artifact.body)
    return value


def content_key(stage: AnyStage, inputs: Mapping[str, Artifact], engines: Iterable[str]) -> str:
    """SHA-256 over the stage, its version, what goes in, and the engines that work on it."""
    return key_of(stage, {name: one.sha256 for name, one in inputs.items()}, engines)


def key_of(stage: AnyStage, hashes: Mapping[str, str], engines: Iterable[str]) -> str:
    """The content key from the hashes of the artifacts that go in."""
    digest = hashlib.sha256()
    parts = [stage.name, str(stage.version)]
    parts += [f"{name}={one}" for name, one in sorted(hashes.items())]
    parts += sorted(engines)
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
