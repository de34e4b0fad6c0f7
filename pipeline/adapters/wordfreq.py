"""Word frequencies by wordfreq."""

from __future__ import annotations

from importlib.metadata import version


class WordFreq:
    """The Zipf scale of wordfreq's lists."""

    @property
    def engine(self) -> str:
        """The library; its lists come with it."""
        return f"wordfreq {version('wordfreq')}"

    def zipf(self, word: str, language: str) -> float:
        """Zipf frequency; 0 for a word never seen."""
        from wordfreq import zipf_frequency

        return float(zipf_frequency(word, language))
