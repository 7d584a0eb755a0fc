"""The difference between the present and the desired state, as candidate steps."""
