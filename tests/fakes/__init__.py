"""Small stand-ins for the ports, for unit tests; the contract tests hold them to the real thing."""
