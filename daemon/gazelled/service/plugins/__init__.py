"""What plugins can use of the daemon: their contexts, and the budgets of their requests."""
