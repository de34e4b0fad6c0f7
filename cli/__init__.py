"""The `colloquy` command: thin, every verb calls one function elsewhere."""
