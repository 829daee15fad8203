"""Who may see the page: the token, log-ins, and what a request reveals of where it comes from."""
