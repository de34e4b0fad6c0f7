"""pyannote.audio's SpeakerDiarization put together from parts that are here already.

It hears a recording by stretches and clusters at the end, so that memory does not grow with the sound: of ten hours
the samples alone are 2.3 GB. The result is that of the whole at once, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pyannote.audio import Audio
from pyannote.audio.core.plda import PLDA
from pyannote.audio.pipelines import SpeakerDiarization, clustering
from pyannote.core import Segment, SlidingWindow, SlidingWindowFeature

from pipeline.adapters.arrays import Arrays
from pipeline.adapters.audio import RATE
from pipeline.adapters.campplus import CampPlus
from pipeline.adapters.stretches import BATCH, Stretch, stretches

NOBODY = -2
"""pyannote's number for a person of a window who never speaks in it."""

Hook = Callable[..., None]


def _unsaid(*_: object) -> None:
    """Stands for `print` in pyannote's clustering, which would put advice among a command's JSON.

    Redirecting stdout instead would catch what the stage beside this one writes.
    """


clustering.print = _unsaid


class _Unused(PLDA):  # type: ignore[misc]  # pyannote ships no types
    """Stands where the pipeline would fetch a calibration that only its VBx clustering uses."""

    def __init__(self) -> None:
        pass


class _Bounded(clustering.AgglomerativeClustering):  # type: ignore[misc]  # the same
    """Clusters a sample of the vectors where there are more than `most`."""

    most: int

    def filter_embeddings(
        self,
        embeddings: npt.NDArray[np.float32],
        segmentations: Any = None,  # noqa: ANN401 - the same
        min_active_ratio: float = 0.2,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """Vectors to cluster, their windows, and which person of the window each is."""
        found, windows, people = super().filter_embeddings(
            embeddings, segmentations, min_active_ratio
        )
        if len(found) <= self.most:
            return found, windows, people
        # Drawn, always the same: every n-th could be every time the first person of a window.
        drawn = np.sort(np.random.default_rng(0).choice(len(found), self.most, replace=False))
        return found[drawn], windows[drawn], people[drawn]


class _Clustered:
    """What `Inference.aggregate` reads of windows by person, one window at a time.

    Ten hours of them would fill .08 GB a person, twice.
    """

    def __init__(self, segmentations: Any, clusters: npt.NDArray[np.int64]) -> None:  # noqa: ANN401 - the same
        self._segmentations, self._clusters = segmentations, clusters
        self.sliding_window = segmentations.sliding_window
        windows, frames, _ = segmentations.data.shape
        self._shape = (frames, int(clusters.max()) + 1)
        self.data = np.broadcast_to(np.nan, (windows, *self._shape))

    def __iter__(self) -> Iterator[tuple[Segment, npt.NDArray[np.float64]]]:
        """Each window and where in it each person speaks, shape (frames, people); NaN who is not in it."""
        for clusters, (window, activity) in zip(self._clusters, self._segmentations, strict=True):
            people = np.full(self._shape, np.nan)
            for one in set(clusters.tolist()) - {NOBODY}:
                people[:, one] = activity[:, clusters == one].max(axis=1)
            yield window, people


class _Diarization(SpeakerDiarization):  # type: ignore[misc]  # the same
    """Takes the voice vectors as an object instead of a name on a hub."""

    def __init__(self, segmentation: Any, voices: CampPlus, step: float) -> None:  # noqa: ANN401 - a network
        super().__init__(
            segmentation=segmentation,
            segmentation_step=step,
            segmentation_batch_size=BATCH,
            clustering="OracleClustering",
            plda=_Unused(),
        )
        self._embedding = voices
        self._audio = Audio(sample_rate=voices.sample_rate, mono="downmix")
        self.embedding_exclude_overlap = True
        self.embedding_batch_size = 1
        self.klustering = "AgglomerativeClustering"
        self.clustering = _Bounded(metric=voices.metric)
        self._expects_num_speakers = self.clustering.expects_num_clusters

    def stretches(self, samples: int) -> Iterator[Stretch]:
        """Those of a recording of so many samples."""
        heard = self._segmentation
        return stretches(samples, round(heard.duration * RATE), round(heard.step * RATE))

    def hear(self, samples: npt.NDArray[np.float32], hook: Hook) -> Arrays:
        """Of one stretch, who speaks when in each window and the vector of each one's voice."""
        sound = {"waveform": torch.from_numpy(samples)[None], "sample_rate": RATE}
        activity = super().get_segmentations(sound, hook)
        vectors = super().get_embeddings(
            sound, activity, exclude_overlap=self.embedding_exclude_overlap, hook=hook
        )
        return {"activity": activity.data.astype(np.bool_), "vectors": vectors}

    def tell_apart(self, heard: list[Arrays], speakers: int | None) -> Any:  # noqa: ANN401 - the same
        """The whole recording's people."""
        windows = SlidingWindow(
            start=0.0, duration=self._segmentation.duration, step=self._segmentation.step
        )
        activity = np.concatenate([one["activity"] for one in heard]).astype(np.float32)
        file = {
            "uri": "recording",
            "activity": SlidingWindowFeature(activity, windows),
            "vectors": np.concatenate([one["vectors"] for one in heard]),
        }
        return self.apply(file, num_speakers=speakers)

    def get_segmentations(self, file: Any, hook: Hook | None = None) -> Any:  # noqa: ANN401 - the same
        """As it was heard."""
        del hook
        return file["activity"]

    def get_embeddings(self, file: Any, *_: object, **__: object) -> Any:  # noqa: ANN401 - the same
        """As they were heard."""
        return file["vectors"]

    def reconstruct(self, segmentations: Any, hard_clusters: Any, count: Any) -> Any:  # noqa: ANN401 - the same
        """As the original, window after window."""
        return self.to_diarization(_Clustered(segmentations, hard_clusters), count)


def assemble(
    segmentation: Any,  # noqa: ANN401 - a network without types
    voices: CampPlus,
    *,
    step: float,
    threshold: float,
    min_cluster_size: int,
    most: int,
) -> Any:  # noqa: ANN401 - the same
    """The pipeline, ready to be called; `step` is a share of the 10 s window."""
    pipeline = _Diarization(segmentation, voices, step)
    pipeline.clustering.most = most
    return pipeline.instantiate(
        {
            "segmentation": {"min_duration_off": 0.0},
            "clustering": {
                "method": "centroid",
                "threshold": threshold,
                "min_cluster_size": min_cluster_size,
            },
        }
    )
