"""Commands of the group `report`."""
