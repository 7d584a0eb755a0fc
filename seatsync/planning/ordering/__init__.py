"""The order of candidate steps, and the needs between them."""
