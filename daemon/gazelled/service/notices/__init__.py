"""Notices of the daemon about itself: their words, their sending, the heartbeat."""
