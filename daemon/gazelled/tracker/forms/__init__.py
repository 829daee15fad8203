"""What can be done at the site beyond its API: forms of the website, sent once and verified."""
