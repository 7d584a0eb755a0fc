"""Findings, plans, outcomes and other results as text for people and documents for programs."""
