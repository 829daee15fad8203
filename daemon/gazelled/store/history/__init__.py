"""What people look up: items and events that are stored, and what became of deliveries."""
