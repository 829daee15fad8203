"""
Watch a Gazelle tracker within its rate limit and notify people of what is new.

`gazelled.plugin` is the API for plugins, `gazelled.tracker` the client library,
`gazelled.testing` the simulated tracker and the helpers for tests of plugins.
"""

__version__ = "0.1.0"
