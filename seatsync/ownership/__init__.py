"""Who reviews a change of which file: what `CODEOWNERS` says, made of the roles that the files declare."""
