"""The document that config.toml and conf.d make: keys, lines, references, problems."""
