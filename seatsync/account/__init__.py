"""What an account is and how it may change. Pure: no files, no SQL, no network, no command line."""
