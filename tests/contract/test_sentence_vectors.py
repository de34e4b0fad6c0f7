from __future__ import annotations

import math

import pytest

from pipeline.adapters.minilm import MiniLm
from pipeline.ports import SentenceVectors
from tests.fakes.text import FakeSentenceVectors

QUESTION = "What time does the train to London leave?"
REPLY = "The train to London leaves at nine."
OTHER = "My sister bakes chocolate cake."


@pytest.fixture(scope="module", params=[FakeSentenceVectors, MiniLm])
def vectors(request: pytest.FixtureRequest) -> SentenceVectors:
    made: SentenceVectors = request.param()
    return made


def cosine(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, two, strict=True))


class TestSentenceVectors:
    def test_it_names_itself(self, vectors: SentenceVectors) -> None:
        assert vectors.engine

    def test_unit_length_for_any_text(self, vectors: SentenceVectors) -> None:
        for vector in vectors.vectors([QUESTION, "", "word " * 2000]):
            assert math.hypot(*vector) == pytest.approx(1.0, abs=1e-4)

    def test_no_texts_no_vectors(self, vectors: SentenceVectors) -> None:
        assert vectors.vectors([]) == []

    def test_a_fitting_reply_is_nearer_than_another_sentence(
        self, vectors: SentenceVectors
    ) -> None:
        question, reply, other = vectors.vectors([QUESTION, REPLY, OTHER])
        assert cosine(question, reply) > cosine(question, other) + 0.2

    def test_company_and_order_change_nothing(self, vectors: SentenceVectors) -> None:
        together = vectors.vectors([QUESTION, REPLY, OTHER])
        assert vectors.vectors([OTHER]) == [together[2]]
        assert vectors.vectors([OTHER, REPLY, QUESTION]) == together[::-1]
