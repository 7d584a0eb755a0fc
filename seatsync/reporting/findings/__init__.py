"""Reports of findings, one module for formats that share a reader."""
