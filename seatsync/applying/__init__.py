"""Applying a plan to a target: its steps are carried out in order, with an outcome for each."""
