"""The calls of the hooks, one typed method each: isolated, limited, counted."""
