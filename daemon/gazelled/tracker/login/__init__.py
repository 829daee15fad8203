"""The account: credentials, log-in, session, and who owns it on this machine."""
