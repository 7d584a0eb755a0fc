"""YAML text changed in a few places, with every other character kept."""
