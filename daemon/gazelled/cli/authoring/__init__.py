"""What authors of plugins use: recorded answers, templates, trials."""
