"""The web server for what plugins publish."""
