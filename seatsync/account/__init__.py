"""The domain: the account and its actions. Pure: no files, no SQL, no network, no command line."""
