"""What changes, shown to open pages while they are open."""
