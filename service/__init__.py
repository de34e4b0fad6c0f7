"""HTTP: the webhook for uploads, and uploads and downloads for platforms; thin."""
