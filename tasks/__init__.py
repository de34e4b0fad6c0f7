"""One Celery task a stage, made from the plan; and `enqueue` for a platform's own upload hook."""

from tasks.intake import enqueue

__all__ = ["enqueue"]
