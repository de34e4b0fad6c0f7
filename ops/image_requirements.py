"""What of requirements.lock an image needs: `python ops/image_requirements.py LOCK NAMES --with-cpu|--with-cuda`.

NAMES lists the packages that the product itself needs, a line each, as `uv pip compile` writes them; the lock has those of
tests and of the embedded servers, too. Versions and hashes stay the lock's. With `cpu`, PyTorch and the CUDA that it brings are
left out: its CPU build comes from PyTorch's own index, and has other hashes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = re.compile(r"^([a-z0-9][a-z0-9._-]*)==")
CUDA = re.compile(r"^(nvidia-.*|cuda-.*|triton|torch|torchaudio)$")


def blocks(lock: str) -> Iterator[tuple[str, str]]:
    """Each package's name and lines."""
    for block in re.split(r"\n(?=\S)", lock.strip()):
        found = NAME.match(block)
        if found:
            yield found.group(1), block


def chosen(lock: str, names: str, *, cuda: bool) -> str:
    """The lock's lines of these packages; ValueError where it lacks one."""
    wanted = {found.group(1) for line in names.splitlines() if (found := NAME.match(line))}
    if not cuda:
        wanted = {name for name in wanted if not CUDA.match(name)}
    there = list(blocks(lock))
    missing = wanted - {name for name, _ in there}
    if missing:
        raise ValueError(f"requirements.lock lacks {', '.join(sorted(missing))}")
    return "\n".join(block for name, block in there if name in wanted) + "\n"


if __name__ == "__main__":
    lock, names = (Path(one).read_text(encoding="utf-8") for one in sys.argv[1:3])
    cuda = {"--with-cpu": False, "--with-cuda": True}[sys.argv[3]]
    sys.stdout.write(chosen(lock, names, cuda=cuda))
