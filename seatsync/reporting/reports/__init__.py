"""Any report as text, CSV, JSON or a page."""
