"""The processes: the Celery app, the toolbox, the intake."""
