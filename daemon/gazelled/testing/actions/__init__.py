"""What each action of the simulated site answers, oddities included: an area a module."""
