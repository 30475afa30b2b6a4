"""The Celery side: the application, its tasks, and what beat sends."""
