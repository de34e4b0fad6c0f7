"""HTTP: the webhook for uploads, and uploads for platforms; thin."""
