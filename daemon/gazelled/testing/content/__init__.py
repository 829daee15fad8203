"""What the simulated tracker holds: data sets, people, and what they write."""
