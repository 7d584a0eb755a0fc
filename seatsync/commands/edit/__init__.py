"""`seatsync edit`: what usually happens to people, written into the files."""
