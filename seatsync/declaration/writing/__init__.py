"""An account or repository as canonical YAML files."""
