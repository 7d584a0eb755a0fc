"""Build servers: detection of the server and of the event that started a run."""
