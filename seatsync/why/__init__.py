"""Explains what a person holds: the declaring lines and commits, and the state of the account."""
