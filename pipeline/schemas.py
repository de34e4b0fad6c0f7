"""Prints a document's JSON Schema: `python -m pipeline.schemas analysis > docs/analysis.schema.json`, or `transcript`."""

import sys

from pipeline import analysis, transcript

KINDS = {"analysis": analysis.json_schema, "transcript": transcript.json_schema}

if __name__ == "__main__":
    sys.stdout.write(KINDS[sys.argv[1]]())
