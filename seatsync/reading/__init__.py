"""Readers of file formats and git objects: bytes to plain data with source locations."""
