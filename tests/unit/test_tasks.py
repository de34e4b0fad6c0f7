from __future__ import annotations

import subprocess
import sys
from uuid import uuid4

import pytest
from kombu.exceptions import OperationalError

from config.settings import ReliabilitySettings
from models.ledger import LONGEST_BACKOFF
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from tasks import dispatch, upkeep
from tasks import services as shelf
from tasks.app import QUEUES, RESERVE, VISIBILITY, app
from tasks.dispatch import send
from tasks.intake import LONGEST_WAIT, enqueue
from tasks.intake import intake as intake_task
from tasks.stages import TASKS


def test_every_stage_is_a_task_by_its_name_on_the_queue_of_its_resource() -> None:
    assert list(TASKS) == [one.name for one in PLAN.stages]
    for one in PLAN.stages:
        task = TASKS[one.name]
        assert task.name == f"stage.{one.name}"
        assert task.time_limit == one.time_limit
        assert app.conf.task_routes[task.name] == {"queue": one.resource}


def test_every_route_leads_to_a_queue_that_is_declared() -> None:
    assert {one.name for one in app.conf.task_queues} == set(QUEUES)
    assert {route["queue"] for route in app.conf.task_routes.values()} <= set(QUEUES)
    assert not app.conf.task_create_missing_queues


def test_messages_are_late_small_and_json() -> None:
    conf = app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.task_ignore_result
    assert conf.result_backend is None
    assert conf.worker_prefetch_multiplier == 1
    assert (conf.task_serializer, conf.accept_content) == ("json", ["json"])
    assert conf.worker_send_task_events
    assert conf.task_send_sent_event


def test_redis_hands_nothing_out_again_that_may_still_run_or_wait() -> None:
    assert app.conf.broker_transport_options == {"visibility_timeout": VISIBILITY}
    longest = max(one.time_limit for one in PLAN.stages)
    assert longest + RESERVE <= VISIBILITY
    assert max(2 * LONGEST_BACKOFF, LONGEST_WAIT) <= RESERVE, "jitter doubles the backoff at most"


def test_every_registered_task_is_ours_or_celerys() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    rest = {"intake", "orphans", "sweep", "upkeep"}
    assert ours == {f"stage.{one.name}" for one in PLAN.stages} | rest


def test_a_message_carries_the_run_id_only(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        app, "send_task", lambda name, args, countdown: sent.append((name, args, countdown))
    )
    run_id = uuid4()
    send("score", run_id)
    send("score", run_id, countdown=7.5)
    assert sent == [
        ("stage.score", (str(run_id),), None),
        ("stage.score", (str(run_id),), 7.5),
    ]


def test_who_takes_uploads_can_send_without_the_stages() -> None:
    code = (
        "import sys; from uuid import uuid4; from tasks.app import app; import workers.intake_sqs\n"
        "from tasks.dispatch import send; assert 'tasks.stages' not in sys.modules\n"
        "app.send_task = lambda name, *_, **__: print(name); send('decode', uuid4())"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "stage.decode\n"


@pytest.mark.parametrize("error", [OperationalError, AttributeError])
def test_a_broker_that_is_away_is_left_to_upkeep(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: type[Exception]
) -> None:
    def away(*_: object, **__: object) -> None:
        raise error("connection refused")

    monkeypatch.setattr(app, "send_task", away)
    send("score", uuid4())
    assert "upkeep will send" in caplog.text


def test_enqueue_refuses_what_is_no_id() -> None:
    with pytest.raises(ValueError, match="badly formed"):
        enqueue("../etc")


def test_intake_waits_for_as_long_as_store_and_database_are_away() -> None:
    assert intake_task.max_retries is None
    assert intake_task.retry_backoff_max == LONGEST_WAIT


def test_a_process_without_services_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_made", [])
    monkeypatch.setattr(shelf, "_makers", [])
    with pytest.raises(PermanentError, match="no services"):
        shelf.services()


def test_upkeep_sends_what_the_ledger_names(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, sent = uuid4(), []
    rounds: list[str] = []

    class Ledger:
        def bury_exhausted(self) -> int:
            return 1

        def to_send(self, older_than: float) -> list[tuple[object, str]]:
            assert older_than == ReliabilitySettings().untaken_seconds
            return [(run_id, "score")]

    class Line:
        def next(self) -> list[tuple[object, str]]:
            return [(run_id, "index")]

    class Rounds:
        def ended(self, task: str) -> None:
            rounds.append(task)

    class Runs:
        rounds = Rounds()

    class Services:
        ledger = Ledger()
        line = Line()
        runs = Runs()

    monkeypatch.setattr(upkeep, "services", Services)
    for module in (upkeep, dispatch):
        monkeypatch.setattr(module, "send", lambda stage, run: sent.append((stage, run)))
    monkeypatch.setattr(upkeep, "_ended", [float("-inf")])
    upkeep.upkeep()
    assert sorted(sent) == [("index", run_id), ("score", run_id)]
    upkeep.upkeep()
    assert len(sent) == 2, "a round that piled up is left out"
    upkeep._ended[0] -= ReliabilitySettings().upkeep_seconds
    upkeep.upkeep()
    assert len(sent) == 4
    assert rounds == ["upkeep", "upkeep"]


def test_no_round_of_upkeep_is_thrown_away_by_a_worker_whose_clock_goes_early() -> None:
    assert upkeep.upkeep.expires is None
