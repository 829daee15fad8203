"""What commands for plugins and their authors use: scrubbing, templates, checks, trials."""
