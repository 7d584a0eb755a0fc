"""Reports of plans: text, Markdown, HTML, diagrams."""
