"""The client library: typed calls, pages, downloads."""
