"""Output of commands: tables, pages and progress."""
