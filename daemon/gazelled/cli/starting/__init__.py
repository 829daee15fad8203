"""What a start waits for, before the daemon is put together."""
