"""Declared and actual state to a plan: what differs, in which order it is legal, and whether it is meant."""
