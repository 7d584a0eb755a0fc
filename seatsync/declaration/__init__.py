"""A repository of YAML files to what it declares, and back."""
