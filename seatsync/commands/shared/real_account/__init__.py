"""Shared parts of commands for the real account: looks at its sources, folders of runs, sign-in with the vendor."""
