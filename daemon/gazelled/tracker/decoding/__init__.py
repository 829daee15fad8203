"""How the tracker's JSON is taken in: the bounds, the hygiene and the scalars of every reader."""
