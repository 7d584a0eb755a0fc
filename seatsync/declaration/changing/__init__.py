"""Changes of the files of a repository that are made as a whole or not at all, also if the process is killed."""
