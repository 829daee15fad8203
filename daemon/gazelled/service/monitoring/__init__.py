"""How the daemon is: its health, metrics, the ping of a dead man's switch, silent watches."""
