"""Machines that carry out steps on the real account: the Team Admin API."""
