"""Where an account lives: what a target is (`target.py`), and the kinds that there are."""
