"""What analysts do with evaluations."""
