"""Extensions that state what passages are: each in a process of its own, which may open files."""
