"""What measures speed and validity; never imported by the product."""
