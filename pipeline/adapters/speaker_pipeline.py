"""pyannote.audio's SpeakerDiarization put together from parts that are here already."""

from __future__ import annotations

from typing import Any

from pyannote.audio import Audio
from pyannote.audio.core.plda import PLDA
from pyannote.audio.pipelines import SpeakerDiarization, clustering

from pipeline.adapters.campplus import CampPlus


def _unsaid(*_: object) -> None:
    """Stands for `print` in pyannote's clustering, which would put advice among a command's JSON.

    Redirecting stdout instead would catch what the stage beside this one writes.
    """


clustering.print = _unsaid


class _Unused(PLDA):  # type: ignore[misc]  # pyannote ships no types
    """Stands where the pipeline would fetch a calibration that only its VBx clustering uses."""

    def __init__(self) -> None:
        pass


class _Diarization(SpeakerDiarization):  # type: ignore[misc]  # the same
    """Takes the voice vectors as an object instead of a name on a hub."""

    def __init__(self, segmentation: Any, voices: CampPlus, step: float) -> None:  # noqa: ANN401 - a network
        super().__init__(
            segmentation=segmentation,
            segmentation_step=step,
            segmentation_batch_size=8,  # the windows of one batch fit the cache; more is no faster
            clustering="OracleClustering",
            plda=_Unused(),
        )
        self._embedding = voices
        self._audio = Audio(sample_rate=voices.sample_rate, mono="downmix")
        self.embedding_exclude_overlap = True
        self.embedding_batch_size = 1
        self.klustering = "AgglomerativeClustering"
        self.clustering = clustering.AgglomerativeClustering(metric=voices.metric)
        self._expects_num_speakers = self.clustering.expects_num_clusters


def assemble(
    segmentation: Any,  # noqa: ANN401 - a network without types
    voices: CampPlus,
    *,
    step: float,
    threshold: float,
    min_cluster_size: int,
) -> Any:  # noqa: ANN401 - the same
    """The pipeline, ready to be called; `step` is a share of the 10 s window."""
    pipeline = _Diarization(segmentation, voices, step)
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
