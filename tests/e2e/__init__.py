"""The paths that users take."""
