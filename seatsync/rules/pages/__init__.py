"""Manual pages of codes without a rule function: code, severity and text with the sections of a rule's docstring."""
