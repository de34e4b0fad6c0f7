"""Starts the real servers from packages, without Docker, in a folder of the user: `python -m embedded.servers`."""
