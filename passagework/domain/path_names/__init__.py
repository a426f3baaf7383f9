"""What the names of a file and of its folders say a piece of music is: evidence of the weakest kind."""
