"""The command in a process of its own: `python -m tests.integration.command ARGUMENTS`."""

from __future__ import annotations

from cli.main import main

if __name__ == "__main__":
    main()
