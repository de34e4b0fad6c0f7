"""Functions called as functions."""
