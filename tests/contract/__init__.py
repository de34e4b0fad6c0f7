"""Each port: the fake and the real thing."""
