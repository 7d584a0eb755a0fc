"""Reviewers for `CODEOWNERS`, derived from the declared roles."""
