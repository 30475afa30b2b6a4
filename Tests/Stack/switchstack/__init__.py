"""A miniature of the watched stack: real servers, a small backend, faults on demand."""
