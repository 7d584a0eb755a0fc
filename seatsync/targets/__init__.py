"""Targets, the places where an account is stored: the protocol (`target.py`) and the built-in kinds."""
