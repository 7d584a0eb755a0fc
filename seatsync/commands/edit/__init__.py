"""`seatsync edit`: edit the files for joiners, movers and leavers; one module per command."""
