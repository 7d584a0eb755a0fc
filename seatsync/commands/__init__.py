"""One module per command: plain arguments in, exit code out. Computing and printing are separate functions."""
