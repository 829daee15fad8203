"""The way to the tracker: queue, rate limit, HTTP."""
