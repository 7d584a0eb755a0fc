"""Insight into an account and its files: drift, why, forecast, code owners."""
