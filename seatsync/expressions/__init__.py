"""Expressions in CEL, of the project's own rules. The one room that imports the library, in the extra `policy`."""
