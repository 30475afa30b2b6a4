"""Free loopback ports, below the range that clients' own sockets are given."""

import random
import socket

#: Below 32768 so that no outgoing connection of anybody can already hold one.
LOWEST, HIGHEST = 20000, 32000

#: Taken as a whole: a part that is down leaves its port free, and nobody else may get it meanwhile.
#: TestProcess.swift takes blocks by the same rule.
BLOCK = 16

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


def claim(block):
    """The claim on a block: a socket whose abstract name only one can have, in the same network
    namespace as the ports. It ends with the last process that holds it. None: another has it."""
    guard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        guard.bind(f"\0switchboard-ports-{block}")
        return guard
    except OSError:
        guard.close()
        return None


def take():
    """One free port for every name, and the claim on them."""
    blocks = list(range(LOWEST, HIGHEST, BLOCK))
    random.SystemRandom().shuffle(blocks)
    for block in blocks:
        if (guard := claim(block)) is None:
            continue
        free = [port for port in range(block, block + BLOCK) if port not in RESERVED and is_free(port)]
        if len(free) >= len(NAMES):
            return dict(zip(NAMES, free)), guard
        guard.close()
    raise OSError(f"no free ports between {LOWEST} and {HIGHEST}")
