"""The vendor's real account: what its sources say about it, and the account that this adds up to."""
