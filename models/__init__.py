"""Tables, the run ledger, and the stores."""
