"""The plugins that come with gazelled; they use `gazelled.plugin` and nothing else of it."""
