"""What to play next: the weights of all passages in arrays, kept up to date, and the choice among them."""
