"""What usually happens to people, as operations on the files: they leave, come to a seat, get a role, or move."""
