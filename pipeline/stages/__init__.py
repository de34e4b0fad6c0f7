"""One module a stage: one function and its helpers. Stages do not import each other."""
