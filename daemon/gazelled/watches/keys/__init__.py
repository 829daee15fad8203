"""What the keys of a watch mean: tables, schedules, first looks, rules as texts."""
