"""Changes at the site beyond its API: forms of the website, sent once and verified."""
