"""Postgres for the routes: a connection a request, so that it recovers by itself."""

import contextlib

import psycopg2
import psycopg2.extras


class Database:
    def __init__(self, stack):
        self.url = stack.postgres_url
        self.port = stack.port("postgres")
        self.schema = stack.schema

    @contextlib.contextmanager
    def cursor(self):
        """A cursor in a transaction of its own, committed at the end."""
        try:
            connection = psycopg2.connect(self.url, application_name="voiceai-backend")
        except psycopg2.OperationalError as error:
            # The real one's driver says it so; the error becomes a 500.
            raise ConnectionRefusedError(
                111, f"Connect call failed ('127.0.0.1', {self.port})") from error
        try:
            with connection, connection.cursor(
                    cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
                yield cursor
        finally:
            connection.close()
