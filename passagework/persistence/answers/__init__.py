"""The answers to the queries, a module for each subject. All of them are set-based and work on any connection."""
