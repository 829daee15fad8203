"""A client library for Gazelle's JSON API that keeps its limit: usable by itself."""
