"""seatsync keeps a software vendor's account equal to YAML files in git."""

__version__ = "0.1.0"
