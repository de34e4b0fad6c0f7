"""Real PostgreSQL, real Valkey, real Celery workers."""
