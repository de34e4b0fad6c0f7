"""Writes a data set: every table as Parquet and as CSV, with a data dictionary."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from models.members import Member
from pipeline.analysis import Analysis
from pipeline.errors import PermanentError
from review.dataset import Table, Talk, tables

TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
AT_ONCE = 20_000
"""Rows written together: enough for a row group of Parquet that is read fast, few enough to hold, some 10 MB."""
DICTIONARY = ("table", "column", "type", "unit", "meaning", "null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What an export wrote: conversations, and those that had no result yet or any more."""

    conversations: int
    left_out: int


def write_dataset(
    members: Iterable[Member],
    analysis: Callable[[Member], Analysis],
    folder: Path,
    *,
    names: bool,
) -> Written:
    """All files, or none where that fails: PermanentError where the folder cannot be written."""
    found = tables(names=names)
    written = left_out = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".partial-", dir=folder) as partial:
            with ExitStack() as opened:
                sinks = [opened.enter_context(_Sink(one, Path(partial))) for one in found]
                for member in members:
                    try:
                        talk = Talk(member, analysis(member))
                    except PermanentError:
                        left_out += 1
                        continue
                    written += 1
                    for sink in sinks:
                        sink.add(talk)
            _dictionary(found, Path(partial), Written(conversations=written, left_out=left_out))
            for one in Path(partial).iterdir():
                one.replace(folder / one.name)
    except OSError as error:
        raise PermanentError(
            f"{folder} cannot be written: {(error.strerror or type(error).__name__).lower()}.",
            code="cannot-write",
            advice="Make room, or name another folder.",
        ) from error
    return Written(conversations=written, left_out=left_out)


class _Sink:
    """The two files of one table."""

    def __init__(self, table: Table, folder: Path) -> None:
        self._table = table
        self._schema = pa.schema(
            [
                pa.field(
                    one.name, TYPES[one.kind], metadata={"unit": one.unit, "meaning": one.meaning}
                )
                for one in table.columns
            ]
        )
        self._writers = (
            pa.parquet.ParquetWriter(folder / f"{table.name}.parquet", self._schema),
            pa.csv.CSVWriter(folder / f"{table.name}.csv", self._schema),
        )
        self._rows: list[Sequence[object]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        for one in self._writers:
            one.close()

    def add(self, talk: Talk) -> None:
        """Its rows; they are written when they are many."""
        self._rows += self._table.rows(talk)
        if len(self._rows) >= AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        columns = list(zip(*self._rows, strict=True)) or [()] * len(self._schema)
        arrays = [
            pa.array(
                [float(one) if isinstance(one, Decimal) else one for one in values], field.type
            )
            for values, field in zip(columns, self._schema, strict=True)
        ]
        self._rows = []
        batch = pa.record_batch(arrays, schema=self._schema)
        for one in self._writers:
            one.write_batch(batch)


def _dictionary(found: Sequence[Table], folder: Path, written: Written) -> None:
    """As a table, and as JSON with what the data set is."""
    rows = [
        (table.name, one.name, one.kind, one.unit, one.meaning, one.null)
        for table in found
        for one in table.columns
    ]
    with (folder / "datadictionary.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(DICTIONARY)
        writer.writerows(rows)
    told = {
        "schema": "colloquy.dataset/1",
        "colloquy": version("colloquy"),
        "conversations": written.conversations,
        "left_out": written.left_out,
        "null": 'an empty field in CSV, null in Parquet; an empty text is "" in CSV',
        "tables": [
            {
                "name": table.name,
                "meaning": table.meaning,
                "columns": [
                    dict(zip(DICTIONARY[1:], row[1:], strict=True))
                    for row in rows
                    if row[0] == table.name
                ],
            }
            for table in found
        ],
    }
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    (folder / "datadictionary.json").write_text(text, encoding="utf-8")
