from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from celery.exceptions import Ignore, Retry

from config.logging import JsonLines, Lines, about
from tasks.app import app
from tasks.quiet import Quiet, TaskBugError

SAID = "what Anna said"


def record(message: str = "told", **extra: Any) -> logging.LogRecord:  # noqa: ANN401 - as logging takes them
    return logging.getLogger("a").makeRecord(
        "a", logging.INFO, "f", 1, message, (), extra.pop("exc_info", None), extra=extra
    )


def written(one: logging.LogRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(JsonLines().format(one))
    return found


def test_a_line_is_json_with_the_fields_of_its_record_and_of_its_block() -> None:
    with about(run_id="r", stage="score", attempt=2):
        with about(attempt=3):
            line = written(record(seconds=1.5, title=SAID))
        again = written(record())
    assert {name: line[name] for name in ("run_id", "stage", "attempt", "seconds")} == {
        "run_id": "r", "stage": "score", "attempt": 3, "seconds": 1.5,
    }  # fmt: skip
    assert (line["level"], line["logger"], line["message"]) == ("info", "a", "told")
    assert again["attempt"] == 2
    assert "run_id" not in written(record())
    assert SAID not in json.dumps(line)
    with about(run_id="r"):
        assert Lines().format(record(code="x")).endswith("info    told run_id=r code=x")


def failing(cause: Exception | None) -> None:
    try:
        if cause is not None:
            raise cause
    except KeyError as error:
        raise ValueError(SAID) from error


def test_the_text_of_an_error_is_in_no_log_nor_that_of_its_causes() -> None:
    try:
        failing(KeyError(SAID))
    except ValueError:
        told = record(exc_info=sys.exc_info())
    for text in (JsonLines().format(told), Lines().format(told)):
        assert SAID not in text
        assert "KeyError" in text
        assert "ValueError" in text
        assert "in failing" in text, "where it was"


def test_what_celery_says_of_a_task_that_failed_is_its_name_and_the_kind_of_error() -> None:
    context = {"name": "stage.score", "exc": SAID, "traceback": SAID, "args": SAID}
    told = logging.getLogger("celery.app.trace").makeRecord(
        "celery.app.trace", logging.ERROR, "f", 1, "Task %(name)s: %(exc)s %(args)s", (context,),
        (ValueError, ValueError(SAID), None),
    )  # fmt: skip
    for text in (JsonLines().format(told), Lines().format(told)):
        assert SAID not in text
        assert "task stage.score failed: ValueError" in text


def test_every_task_of_ours_is_quiet() -> None:
    app.loader.import_default_modules()
    ours = [one for name, one in app.tasks.items() if not name.startswith("celery.")]
    assert ours
    assert all(isinstance(one, Quiet) for one in ours)


def test_a_task_raises_no_text_and_what_celery_raises_goes_through(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(Quiet):
        name = "failing"
        error: Exception = ZeroDivisionError(SAID)

        def run(self) -> None:
            raise self.error

    task = Failing()
    with pytest.raises(TaskBugError, match=r"^ZeroDivisionError$") as caught:
        task()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "ZeroDivisionError" in caplog.text
    assert SAID not in caplog.text
    for error in (Retry(), Ignore()):
        task.error = error
        with pytest.raises(type(error)):
            task()
