"""`seatsync account …`: a stored account and its cases, and what the vendor's portal does to an embedded one."""
