"""The service manager systemd: its units of gazelled, their installation, what it says of them."""
