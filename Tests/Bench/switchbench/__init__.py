"""Measures full-screen terminal programs from the outside."""
