"""One Celery task a stage, made from the plan; and `enqueue` for a platform's own upload hook."""

from uuid import UUID

__all__ = ["enqueue"]


def enqueue(conversation_id: UUID | str) -> None:
    """As `tasks.intake.enqueue`."""
    from tasks import intake  # noqa: PLC0415 - Celery takes a second to import; the room's plain values need none

    intake.enqueue(conversation_id)
