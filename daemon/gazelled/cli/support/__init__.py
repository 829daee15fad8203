"""Help for people: words that they try, facts for bug reports, and the support archive."""
