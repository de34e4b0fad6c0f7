"""Intake: the one function that turns an uploaded object into a run, exactly once."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote_plus
from uuid import UUID

from models.run_store import ConversationRow
from pipeline.errors import PermanentError
from pipeline.ports import ObjectHead
from pipeline.values import Upload
from tasks.app import app
from tasks.services import Services, services
from tasks.stages import send

log = logging.getLogger(__name__)

UPLOADS = "uploads"
META = "colloquy-"
"""Before the names of the object's metadata: `x-amz-meta-colloquy-learner` and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of an event: `accepted` made a run, `known` had made it before."""

    outcome: Literal["accepted", "known", "ignored", "refused"]
    reason: str
    run_id: UUID | None = None


def keys(message: str) -> Iterator[str]:
    """The keys of the objects that an S3 event message tells of; none for a test event.

    ValueError when it is no event.
    """
    event = json.loads(message)
    if not isinstance(event, dict):
        raise ValueError("not an event")  # noqa: TRY004 - a wrong message, not a wrong call
    if event.get("Event") == "s3:TestEvent":
        return
    if "Records" not in event:
        raise ValueError("no records")
    for record in event["Records"]:
        try:
            name, key = record["eventName"], record["s3"]["object"]["key"]
        except (KeyError, TypeError) as error:
            raise ValueError("not a record of S3") from error
        if str(name).removeprefix("s3:").startswith("ObjectCreated:"):
            yield str(key)


def receive(key: str, made: Services, *, encoded: bool = True) -> Answer:
    """Accept, know, ignore or refuse one object; a refusal is a dead letter with a reason.

    Events carry keys URL-encoded (`encoded`). Where the decoded key is not there, the key as it came is
    tried too: some servers do not encode.
    """
    wanted = unquote_plus(key) if encoded else key
    parts = wanted.split("/", 2)
    if parts[0] != UPLOADS:
        return Answer(outcome="ignored", reason="Not under uploads/.")
    head = made.uploads.head(wanted)
    if head is None and key != wanted:
        wanted, head = key, made.uploads.head(key)
    conversation = _conversation(wanted, made)
    if conversation is None:
        return _refused(made, wanted, "no-conversation", "The key fits no conversation.", None)
    if head is None:
        reason = "The object was gone before it could be read."
        return _refused(made, wanted, "media-missing", reason, conversation.id)
    if head.size > made.max_bytes:
        limit = made.max_bytes / 1024**3
        reason = f"The file has {head.size / 1024**3:.1f} GB, more than the {limit:.1f} GB allowed."
        return _refused(made, wanted, "too-large", reason, conversation.id)
    upload = _upload(wanted, head, conversation, made)
    assignment = head.metadata.get(META + "assignment")
    run_id, new = made.runs.create(
        conversation.id, upload, UUID(assignment) if assignment else None
    )
    if not new:
        return Answer(outcome="known", reason="This upload has a run already.", run_id=run_id)
    send("decode", run_id)
    log.info("upload accepted", extra={"run_id": str(run_id)})
    return Answer(outcome="accepted", reason="A run was made.", run_id=run_id)


def _conversation(key: str, made: Services) -> ConversationRow | None:
    parts = key.split("/", 2)
    if len(parts) != 3 or not parts[2]:  # noqa: PLR2004 - uploads, conversation, file name
        return None
    try:
        return made.runs.conversation(UUID(parts[1]))
    except ValueError:
        return None


def _refused(
    made: Services, key: str, code: str, reason: str, conversation_id: UUID | None
) -> Answer:
    made.runs.refuse(key, code, reason, conversation_id)
    log.warning("upload refused", extra={"code": code})
    return Answer(outcome="refused", reason=reason)


def _upload(key: str, head: ObjectHead, conversation: ConversationRow, made: Services) -> Upload:
    told = {name: head.metadata.get(META + name) for name in ("learner", "speakers")}
    voice = f"voices/{conversation.user_id}"
    speakers = told["speakers"]
    return Upload(
        name=key.rsplit("/", 1)[-1],
        key=key,
        size=head.size,
        etag=head.etag,
        language=conversation.language,
        speakers=int(speakers) if speakers and speakers.isdigit() else None,
        learner_label=told["learner"],
        learner_voice=voice if not told["learner"] and made.uploads.exists(voice) else None,
        topic=conversation.topic,
        level=conversation.level,
    )


def enqueue(conversation_id: UUID | str) -> None:
    """Have a conversation's newest upload analysed; for platforms whose bucket sends no events.

    Needs the broker only. The message carries the conversation's id; a worker finds the object
    under `uploads/{conversation_id}/`. Twice for the same upload is one run.
    """
    app.send_task("intake", (str(UUID(str(conversation_id))),), queue="io")


@app.task(name="intake")  # type: ignore[untyped-decorator]  # Celery ships no types
def intake(conversation_id: str) -> None:
    """Look for the upload that `enqueue` told of."""
    made = services()
    prefix = f"{UPLOADS}/{conversation_id}/"
    key = made.uploads.newest(prefix)
    if key is None:
        made.runs.refuse(
            prefix,
            "media-missing",
            "There is no upload for this conversation.",
            UUID(conversation_id),
        )
        return
    receive(key, made, encoded=False)


def read_message(body: str, made: Services) -> list[Answer]:
    """All objects of one queue message; one that is no event is kept as a dead letter."""
    try:
        found = list(keys(body))
    except ValueError:
        return [_refused(made, "queue message", "bad-event", "The message is no S3 event.", None)]
    answers = []
    for key in found:
        try:
            answers.append(receive(key, made))
        except PermanentError as error:
            answers.append(_refused(made, key, error.code, error.sentence, None))
    return answers


def metadata(**told: Any) -> dict[str, str]:  # noqa: ANN401 - whatever prints as its value
    """Object metadata that `receive` understands: learner, speakers, assignment; None is left out."""
    return {META + name: str(value) for name, value in told.items() if value is not None}
