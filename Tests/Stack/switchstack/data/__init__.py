"""The database of the watched framework: schemas, scenarios, rows."""
