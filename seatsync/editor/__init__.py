"""What an editor is told while the files of a repository are being written."""
