"""What answers mean, and what follows from them for the next requests."""
