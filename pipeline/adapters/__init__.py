"""One module a product behind a port; heavy imports stay inside the functions that need them."""
