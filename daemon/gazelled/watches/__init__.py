"""From answers to events: streams, extraction, and what each kind of watch makes of them."""
