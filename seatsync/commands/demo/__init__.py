"""Commands of the group `demo`."""
