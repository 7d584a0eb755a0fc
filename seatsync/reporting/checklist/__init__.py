"""The folder of a run on the real account: checklist, import files and texts that are ready to send."""
