"""Intake: the one function that turns an uploaded object into a run, exactly once."""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote_plus
from uuid import UUID

from sqlalchemy.exc import OperationalError

from models.run_store import ConversationRow
from pipeline.errors import PermanentError, TransientError
from pipeline.languages import heard
from pipeline.phrases import ENGLISH
from pipeline.uploads import ObjectHead
from pipeline.values import Upload
from tasks.app import app
from tasks.dispatch import dispatch, posted
from tasks.events import keys
from tasks.services import Services, services

log = logging.getLogger(__name__)

UPLOADS = "uploads"
VOICES = "voices"
"""Before a user's id: a sample of their voice, where there is one."""
META = "colloquy-"
"""Before the names of the object's metadata: `x-amz-meta-colloquy-learner` and so on."""
TOLD = ("learner", "speakers", "topic", "level")
MOST_SPEAKERS = 20
"""As in `colloquy submit`: more people than a class discussion has."""
LONGEST_WAIT = 300
"""Seconds at most between two looks for an enqueued upload while store or database are away: the
longest wait of a stage, so that a message waits no longer than the broker holds it back."""

TRIES = 5
"""Times that a message at which our code fails is taken, some minutes; then it is a dead letter."""
BUG_WAIT = 60
"""Seconds until such a message is taken again: as long as SQS hides one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of an event: `accepted` made a run, `known` had made it before."""

    outcome: Literal["accepted", "known", "ignored", "refused"]
    reason: str
    run_id: UUID | None = None


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
        head = made.uploads.head(key)
        wanted = key if head else wanted
    conversation = _conversation(wanted, made)
    if conversation is None:
        return _refused(made, wanted, "no-conversation", "The key fits no conversation.", None)
    if head is None:
        reason = "The object was gone before it could be read."
        return _refused(made, wanted, "media-missing", reason, conversation)
    if head.size > made.max_bytes:
        limit = made.max_bytes / 1024**3
        reason = f"The file has {head.size / 1024**3:.1f} GB, more than the {limit:.1f} GB allowed."
        return _refused(made, wanted, "too-large", reason, conversation)
    return _begin(made, wanted, head, conversation)


def _begin(made: Services, key: str, head: ObjectHead, conversation: ConversationRow) -> Answer:
    try:
        upload = _upload(key, head, conversation, made)
        assignment = _assignment(head.metadata.get(META + "assignment"))
        run_id, new = made.runs.create(conversation.id, upload, assignment)
    except PermanentError as error:
        return _refused(made, key, error.code, error.sentence, conversation)
    if not new:
        return Answer(outcome="known", reason="This upload has a run already.", run_id=run_id)
    dispatch(made)
    log.info("upload accepted", extra={"run_id": str(run_id)})
    return Answer(outcome="accepted", reason="A run was made.", run_id=run_id)


def _assignment(told: str | None) -> UUID | None:
    """What is no id names no assignment that there could be."""
    try:
        return UUID(told) if told else None
    except ValueError:
        return UUID(int=0)


def _conversation(key: str, made: Services) -> ConversationRow | None:
    parts = key.split("/", 2)
    if len(parts) != 3 or not parts[2]:  # noqa: PLR2004 - uploads, conversation, file name
        return None
    try:
        return made.runs.conversation(UUID(parts[1]))
    except ValueError:
        return None


def _refused(
    made: Services, key: str, code: str, reason: str, conversation: ConversationRow | None
) -> Answer:
    made.runs.refuse(key, code, reason, conversation.id if conversation else None)
    log.warning("upload refused", extra={"code": code})
    return Answer(outcome="refused", reason=reason)


def _upload(key: str, head: ObjectHead, conversation: ConversationRow, made: Services) -> Upload:
    told = {name: head.metadata.get(META + name) for name in TOLD}
    voice = f"{VOICES}/{conversation.user_id}"
    return Upload(
        name=key.rsplit("/", 1)[-1],
        key=key,
        size=head.size,
        etag=head.etag,
        language=heard(conversation.language, multilingual=made.multilingual).code,
        speakers=_count(told["speakers"]),
        learner_label=told["learner"],
        learner_voice=voice if not told["learner"] and made.uploads.exists(voice) else None,
        topic=told["topic"] or conversation.topic,
        level=told["level"] or conversation.level,
        feedback_language=conversation.feedback_language or ENGLISH,
    )


def _count(told: str | None) -> int | None:
    """What is no number of people is as if nothing was told: the diarizer counts them itself."""
    if told is None or not told.isdecimal():
        return None
    return int(told) if 1 <= int(told) <= MOST_SPEAKERS else None


def enqueue(conversation_id: UUID | str) -> None:
    """Have a conversation's newest upload analysed; for platforms whose bucket sends no events.

    Needs the broker only. The message carries the conversation's id; a worker finds the object
    under `uploads/{conversation_id}/`. Twice for the same upload is one run.
    """
    app.send_task("intake", (str(UUID(str(conversation_id))),), queue="io")


@app.task(  # type: ignore[untyped-decorator]  # Celery ships no types
    name="intake",
    bind=True,
    # No ledger knows of this message yet: while store or database are away it must not be lost.
    autoretry_for=(TransientError, OperationalError),
    max_retries=None,
    retry_backoff=True,
    retry_backoff_max=LONGEST_WAIT,
)
def intake(self: Any, conversation_id: str) -> None:  # noqa: ANN401 - the bound task
    """Look for the upload that `enqueue` told of."""
    # Outside of any `except`: Celery logs a retry with the error that it stands in, and with its text.
    if not attempt(UUID(conversation_id), self.request.retries + 1, services):
        raise self.retry(countdown=BUG_WAIT)


def attempt(conversation_id: UUID, tries: int, make: Callable[[], Services]) -> bool:
    """Whether the message is done with; False where our code failed and it shall come again.

    Without services, or where the dead letter cannot be written, it comes again for ever.
    """
    made = None
    try:
        made = make()
        find(conversation_id, made)
    except (TransientError, OperationalError):
        raise
    except Exception as error:  # noqa: BLE001 - else the message is acknowledged and nothing is left of it
        tell_bug(error)
        return made is not None and tries >= TRIES and _buried(conversation_id, error, made)
    return True


def _buried(conversation_id: UUID, error: Exception, made: Services) -> bool:
    try:
        conversation = made.runs.conversation(conversation_id)
        refuse_bug(made, f"{UPLOADS}/{conversation_id}/", error, conversation)
    except Exception as second:  # noqa: BLE001 - the same
        tell_bug(second)
        return False
    return True


def find(conversation_id: UUID, made: Services) -> Answer:
    """Receive a conversation's newest upload; a refusal is a dead letter, as in `receive`."""
    prefix = f"{UPLOADS}/{conversation_id}/"
    try:
        key = made.uploads.newest(prefix)
        if key is None:
            reason = "There is no upload for this conversation."
            return _refused(
                made, prefix, "media-missing", reason, made.runs.conversation(conversation_id)
            )
        return receive(key, made, encoded=False)
    except PermanentError as error:
        conversation = made.runs.conversation(conversation_id)
        return _refused(made, prefix, error.code, error.sentence, conversation)


def read_message(body: str, made: Services) -> list[Answer]:
    """All objects of one queue message; one that is no event is kept as a dead letter."""
    try:
        found = list(keys(body))
    except ValueError:
        # By its hash, so that each is a dead letter of its own; what it says may be anything.
        name = f"queue message {hashlib.sha256(body.encode(errors='replace')).hexdigest()[:16]}"
        return [_refused(made, name, "bad-event", "The message is no S3 event.", None)]
    if "" in found:
        # versitygw sends none with an upload by a form: which object it was, only a look at the bucket tells.
        look_again()
    return [take(key, made) for key in found]


def take(key: str, made: Services, *, encoded: bool = True) -> Answer:
    """Receive one object; what the store refuses for good is a dead letter, too."""
    try:
        return receive(key, made, encoded=encoded)
    except PermanentError as error:
        wanted = unquote_plus(key) if encoded else key
        return _refused(made, wanted, error.code, error.sentence, _conversation(wanted, made))


def look_again() -> None:
    """Have the whole bucket looked at now; where the broker is away, beat does it later."""
    if not posted("sweep", True):  # noqa: FBT003 - a message's arguments have no names
        log.warning("the broker does not answer; the next sweep will find the upload")


def give_up(body: str, error: Exception, made: Services) -> None:
    """Keep the uploads of a message at which our code fails again and again as dead letters."""
    for key in keys(body):
        wanted = unquote_plus(key)
        refuse_bug(made, wanted, error, _conversation(wanted, made))


def refuse_bug(
    made: Services, key: str, error: Exception, conversation: ConversationRow | None
) -> None:
    """Keep an upload at which our code fails as a dead letter."""
    reason = "An unexpected error stopped this upload; the operators' log has the details."
    _refused(made, key, f"bug-{type(error).__name__}"[:50], reason, conversation)


def tell_bug(error: Exception) -> None:
    """Log where our code failed, without the error's text: that may hold a file's name or a row."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("bug: %s\n%s", type(error).__name__, where)


def metadata(**told: Any) -> dict[str, str]:  # noqa: ANN401 - whatever prints as its value
    """Object metadata that `receive` understands: learner, speakers, assignment; None is left out."""
    return {META + name: str(value) for name, value in told.items() if value is not None}
