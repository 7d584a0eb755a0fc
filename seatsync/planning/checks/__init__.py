"""Checks of a finished plan: guards, access, approvals, staleness."""
