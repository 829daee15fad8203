"""The daemon put together: composition, lifetime, the control socket, the web server."""
