"""Settings, logging, and the rubrics; imports nothing of ours."""
