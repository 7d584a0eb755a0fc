"""One file a command: plain arguments in, exit code out. Computing and printing are two functions."""
