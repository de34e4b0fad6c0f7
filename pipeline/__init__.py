"""The core: values, stages, the plan, and the runner that walks it; `analyze` for scripts and notebooks."""

from pipeline.library import analyze, analyze_transcript

__all__ = ["analyze", "analyze_transcript"]
