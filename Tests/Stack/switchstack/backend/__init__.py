"""The backend of the miniature: it behaves as the real one was seen to behave."""
