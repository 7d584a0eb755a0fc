"""The made-up portal: a server on this machine that behaves as the documentation of the vendor's APIs describes.

It stands in front of an embedded account, for tests and for people who try seatsync. It shares no code with the client
of these APIs, so that a mistake of one is not hidden by the other.
"""
