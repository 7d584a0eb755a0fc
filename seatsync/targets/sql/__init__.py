"""The embedded account: one store in SQL."""
