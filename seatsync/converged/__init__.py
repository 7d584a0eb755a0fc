"""What is kept of the last plan that had nothing to do, so that the next one looks only at what changed since."""
