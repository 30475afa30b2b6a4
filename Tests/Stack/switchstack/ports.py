"""Free loopback ports, below the range that clients' own sockets are given."""

import random
import socket

#: Below 32768 so that no outgoing connection of anybody can already hold one.
LOWEST, HIGHEST = 20000, 32000

#: Ports at which a real stack, or one of its neighbours, would listen.
RESERVED = {20000, 21000, 25565, 25672, 26379, 27017, 28015, 27018, 31337}

NAMES = ("backend", "postgres", "redis", "amqp", "rabbitmq", "rabbitmq_dist",
         "rabbitmq_prom", "epmd", "prometheus", "alertmanager")


def is_free(port):
    """True if nothing listens at `port`, on loopback or on every address."""
    for address in ("127.0.0.1", "0.0.0.0"):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As the servers do, so that a port in TIME_WAIT counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def pick():
    """One free port for every name. Chosen at random, so that two stacks that
    start in the same second do not reach for the same ones."""
    chosen = {}
    source = random.SystemRandom()
    while len(chosen) < len(NAMES):
        port = source.randrange(LOWEST, HIGHEST)
        if port not in RESERVED and port not in chosen.values() and is_free(port):
            chosen[NAMES[len(chosen)]] = port
    return chosen
