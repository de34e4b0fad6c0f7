"""Parts in memory, and what was asked of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.parts import ToBeContinued


@dataclass
class KeptParts:
    """Keeps parts in a dictionary; with `most`, the turn is over after so many new ones."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    most: int | None = None
    saved: list[str] = field(default_factory=list)

    def load(self, name: str) -> bytes | None:
        return self.bodies.get(name)

    def save(self, name: str, body: bytes) -> None:
        assert name not in self.bodies, "a part is made once"
        self.bodies[name] = body
        self.saved.append(name)
        if self.most is not None and len(self.saved) >= self.most:
            raise ToBeContinued
