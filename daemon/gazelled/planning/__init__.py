"""What the watches cost, how fresh they are, and advice when they ask for too much."""
