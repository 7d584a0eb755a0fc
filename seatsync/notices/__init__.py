"""Notices: mails that tell people what concerns them. Which are due, their texts, and sending each once."""
