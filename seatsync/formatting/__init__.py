"""The canonical form of YAML files: one order, one style, every comment kept, and the same meaning."""
