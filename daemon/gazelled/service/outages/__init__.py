"""What happens while the state cannot be written, and what is noted of it over restarts."""
