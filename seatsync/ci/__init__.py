"""Build servers: which one a run is on, and what it is for there."""
