"""The manual pages of the codes that are not rules of a whole declaration: code, severity and text, written by hand.

They have the sections of a rule's docstring.
"""
