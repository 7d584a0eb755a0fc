"""`seatsync account …`: the embedded account as the vendor's portal would show it; one file a command."""
