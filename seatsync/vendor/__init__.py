"""The vendor's APIs: HTTP, sign-in, and their operations as values. Nothing here knows accounts or findings."""
