"""The forms of the website that the simulated tracker takes."""
