"""Arrays as parts of a stage's work."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.parts import Parts

Arrays = Mapping[str, npt.NDArray[Any]]


def kept_arrays(parts: Parts, name: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays as they were kept, bit for bit, else as they are made now, and kept."""
    body = parts.load(name)
    if body is not None:
        with np.load(io.BytesIO(body)) as found:
            return dict(found)
    made = make()
    packed = io.BytesIO()
    # A third of a window's people are nobody, whose vectors are all alike.
    np.savez_compressed(packed, allow_pickle=False, **made)
    parts.save(name, packed.getvalue())
    return made
