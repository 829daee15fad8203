"""The control socket: requests of the command line, answered by the daemon."""
