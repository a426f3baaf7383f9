"""The embedding API: what ``from passagework import ...`` gives."""
