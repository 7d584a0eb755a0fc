"""`seatsync account …`: the embedded account, used as the vendor's portal would be; one module per command."""
