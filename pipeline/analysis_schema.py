"""Prints the JSON Schema of `colloquy.analysis/1`: `python -m pipeline.analysis_schema > docs/analysis.schema.json`."""

import sys

from pipeline.analysis import json_schema

if __name__ == "__main__":
    sys.stdout.write(json_schema())
