"""How the simulated tracker behaves: pages, log-in, limit, faults."""
