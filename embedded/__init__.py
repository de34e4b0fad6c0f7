"""Starts PostgreSQL, Valkey and an S3 endpoint from wheels, for the demo and the tests."""
