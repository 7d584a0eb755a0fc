"""Conversion between a repository of YAML and CSV files and the declaration it contains."""
