"""What one tracker is like: its address, its limit, its habits."""
