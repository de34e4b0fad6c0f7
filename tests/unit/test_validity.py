"""The guard of the figures, the page that is made of them, and the command over both."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest

from bench.baseline import Fall, fall, falls, load, save
from bench.figures import Figure, Part, measured
from bench.page import document
from bench.validity import Files, main

SAMPLE = [0.1, 0.9, 0.4, 0.8, 0.3, 0.7, 0.2, 0.6, 0.5, 0.95, 0.05, 0.45]


def of(values: Sequence[float], *, better: bool | None = True, name: str = "agreement") -> Figure:
    return measured(name, values, mean, unit="speakers", higher_is_better=better)


def shifted(by: float, spread: float = 0.0) -> list[float]:
    """The sample moved by a step, every second unit by more and the others by less."""
    return [one + by + (spread if n % 2 else -spread) for n, one in enumerate(SAMPLE)]


def test_a_fall_far_inside_the_interval_is_seen_when_all_units_fall_alike() -> None:
    old, new = of(SAMPLE), of(shifted(-0.02))
    assert old.low is not None
    assert new.value > old.low + 0.1
    found = fall(old, new)
    assert found is not None
    assert (found.old, found.new) == (old.value, new.value)
    assert found.noise == pytest.approx(0.0, abs=1e-9)


def test_the_same_fall_is_noise_when_units_move_either_way() -> None:
    assert fall(of(SAMPLE), of(shifted(-0.02, spread=0.2))) is None


def test_nothing_falls_when_nothing_changes_or_becomes_better() -> None:
    assert fall(of(SAMPLE), of(SAMPLE)) is None
    assert fall(of(SAMPLE), of(shifted(0.1))) is None


@pytest.mark.parametrize(("by", "falls_"), [(0.02, True), (-0.02, False)])
def test_of_an_error_rate_a_rise_is_the_fall(*, by: float, falls_: bool) -> None:
    assert (fall(of(SAMPLE, better=False), of(shifted(by), better=False)) is not None) is falls_


def test_an_error_rate_may_rise_within_its_noise() -> None:
    assert fall(of(SAMPLE, better=False), of(shifted(0.02, spread=0.2), better=False)) is None


def test_what_the_table_does_not_show_is_no_fall() -> None:
    assert fall(of(SAMPLE), of(shifted(-0.0009))) is None


def test_a_floor_may_move_either_way() -> None:
    assert fall(of(SAMPLE, better=None), of(shifted(-0.3), better=None)) is None


@pytest.mark.parametrize("better", [True, False])
def test_with_other_units_the_old_interval_is_the_noise(*, better: bool) -> None:
    sign = -1 if better else 1
    old = of(SAMPLE, better=better)
    edge = old.low if better else old.high
    assert edge is not None
    within, beyond = (replace(old, n=11, value=edge + sign * by, draws=()) for by in (-0.01, 0.01))
    assert fall(old, within) is None
    found = fall(old, beyond)
    assert found is not None
    assert found.noise == pytest.approx(abs(old.value - edge))


def test_without_an_interval_any_fall_that_shows_counts() -> None:
    old = replace(of(SAMPLE), low=None, high=None, draws=(), n=1)
    assert fall(old, replace(old, value=old.value - 0.002)) is not None
    assert fall(old, replace(old, value=old.value - 0.0005)) is None


def test_a_figure_that_is_gone_is_a_fall_and_a_part_left_out_is_none() -> None:
    old = {"one": [of(SAMPLE)], "two": [of(SAMPLE, name="other")]}
    assert falls(old, {"one": [of(SAMPLE, name="new")]}) == [
        Fall(name="agreement", old=of(SAMPLE).value, new=None, noise=0.0, how="gone")
    ]


def test_draws_that_measure_nothing_are_left_out_of_the_interval() -> None:
    def odd(values: Sequence[float]) -> float | None:
        return math.nan if len(set(values)) < 9 else max(values) if len(set(values)) < 11 else None

    found = measured("odd", range(12), odd, unit="speakers", higher_is_better=True)
    assert found.value == 0.0
    assert {one for one in found.draws if one is not None} <= {9.0, 10.0, 11.0}
    assert (found.low, found.high) == (None, None)


def test_an_accepted_baseline_comes_back_and_guards_the_same(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    save({"part": [of(SAMPLE), of(SAMPLE, better=None, name="floor")]}, file)
    kept, floor = load(file)["part"]
    assert (kept.name, kept.n, kept.unit, kept.higher_is_better) == (
        "agreement",
        12,
        "speakers",
        True,
    )
    assert (kept.value, kept.low) == pytest.approx((of(SAMPLE).value, of(SAMPLE).low), abs=1e-4)
    assert kept.draws == pytest.approx(of(SAMPLE).draws, abs=1e-4)
    assert floor.draws == ()
    assert fall(kept, of(SAMPLE)) is None
    assert fall(kept, of(shifted(-0.02))) is not None
    assert load(tmp_path / "none.json") == {}


def test_the_page_is_the_template_with_the_table_in_it() -> None:
    rows = {
        "grammar": [
            replace(of(SAMPLE), value=0.4554, low=-0.2, high=0.5071, n=2500),
            replace(of(SAMPLE, better=None), value=-0.0001, low=None, high=None, n=1),
        ],
        "talk": [replace(of(SAMPLE, better=False), value=1.25, low=1.0, high=2.5)],
    }
    assert document(rows, "# Title\n\n{figures}\n\nProse.\n") == (
        "# Title\n\n"
        "| part | what | figure (95 %) | n | better |\n|---|---|---|---|---|\n"
        "| grammar | agreement | .455 (-.200 to .507) | 2,500 speakers | higher |\n"
        "| grammar | agreement | .000 | 1 speakers |  |\n"
        "| talk | agreement | 1.250 (1.000 to 2.500) | 12 speakers | lower |\n"
        "\nProse.\n"
    )


def test_the_page_names_parts_whose_figures_were_only_told() -> None:
    told = replace(of(SAMPLE), draws=())
    page = document(
        {"old": [told], "new": [of(SAMPLE)], "once": [replace(told, n=1)]}, "{figures}\n"
    )
    assert page.endswith("\nTold by hand before this command, not yet measured by it: old.\n")


class Bench:
    """The command over two made-up parts and files of its own."""

    def __init__(self, folder: Path) -> None:
        self.values: dict[str, Sequence[float]] = {"first": SAMPLE, "second": SAMPLE}
        self.measured: list[str] = []
        self.data = folder
        self.files = Files(
            baseline=folder / "b.json", page=folder / "page.md", template=folder / "t.md"
        )
        self.files.template.write_text("{figures}\n")
        (folder / "corpus").mkdir()

    def __call__(self, *arguments: str) -> int:
        parts = {
            "first": Part(needs=("corpus",), measure=lambda _d, _c: self._measure("first")),
            "second": Part(needs=(), measure=lambda _d, _c: self._measure("second")),
            "long": Part(needs=("far",), measure=lambda _d, _c: self._measure("long"), slow=True),
        }
        self.measured = []
        return main(parts, ["--data", str(self.data), *arguments], self.files)

    def _measure(self, name: str) -> list[Figure]:
        self.measured.append(name)
        return [of(self.values[name], name=f"{name} figure")]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_fall_fails_and_names_figure_values_and_noise(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("--accept") == 0
    assert bench() == 0
    bench.values["second"] = shifted(-0.05)
    capsys.readouterr()
    assert bench() == 1
    told = capsys.readouterr().err
    assert "second figure: 0.496 before, 0.446 now, noise 0.000" in told
    assert "first figure" not in told


def test_without_a_baseline_it_is_said_that_nothing_was_compared(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench() == 0
    assert "Nothing to compare with yet: first, second." in capsys.readouterr().err
    bench("--accept")
    capsys.readouterr()
    bench()
    assert "Nothing to compare" not in capsys.readouterr().err


def test_accepting_a_fall_makes_it_the_baseline(bench: Bench) -> None:
    bench("--accept")
    bench.values["second"] = shifted(-0.05)
    assert bench("--accept") == 0
    assert bench() == 0


def test_the_page_shows_what_was_measured_and_of_other_parts_what_was_accepted(
    bench: Bench,
) -> None:
    bench("--accept")
    before = bench.files.page.read_bytes()
    bench.values["second"] = shifted(-0.05)
    assert bench("--only", "first") == 0
    assert bench.measured == ["first"]
    assert bench.files.page.read_bytes() == before
    bench("--only", "second")
    assert ".446" in bench.files.page.read_text()
    assert "| first | first figure | .496" in bench.files.page.read_text()


def test_missing_data_is_named_and_fails_before_anything_is_measured(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    (bench.data / "corpus").rmdir()
    assert bench() == 1
    assert bench.measured == []
    assert "first lacks corpus" in capsys.readouterr().err
    assert bench("--only", "second") == 0


def test_slow_parts_are_measured_only_when_asked_for(bench: Bench) -> None:
    bench.values["long"] = SAMPLE
    bench()
    assert bench.measured == ["first", "second"]
    assert bench("--slow") == 1
    (bench.data / "far").mkdir()
    bench("--slow")
    assert bench.measured == ["first", "second", "long"]
    bench("--only", "long")
    assert bench.measured == ["long"]


def test_json_is_one_document_and_nothing_else(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench("--accept")
    bench.values["second"] = shifted(-0.05)
    capsys.readouterr()
    bench("--json")
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told["figures"]] == ["first figure", "second figure"]
    assert [one["name"] for one in told["falls"]] == ["second figure"]
    assert set(told["seconds"]) == {"first", "second"}
