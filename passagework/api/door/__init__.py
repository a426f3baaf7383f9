"""One library, many hands: other processes of the user command the one that holds the library, through a socket."""
