"""Extensions that measure: each in a process of its own beside the one that decodes, or in this one."""
