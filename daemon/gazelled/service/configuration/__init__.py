"""The config as a whole: checking it, and the watches that gazelled writes into it."""
