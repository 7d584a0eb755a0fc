"""The sources of the real account: the portal's exports."""
