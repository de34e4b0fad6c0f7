"""The core: values, stages, the plan, and the runner that walks it."""
