"""The kinds of models: how each is trained, kept in a form of its own, and read again."""
