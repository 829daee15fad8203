"""What plugins keep, what is remembered of them, and what they gave and said of items."""
