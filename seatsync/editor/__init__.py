"""Editor support for the files of a repository: diagnostics, completion, hover, definitions, rename, quick fixes."""
