"""One Celery task a stage, made from the plan."""
