"""One stack: its directory, its ports and secrets, and who runs it."""

import json
import os
import pwd
import secrets

#: Every process of a stack carries this in its environment; `down` finds them by it.
MARK = "SWITCHBOARD_STACK_MARK"

#: The unix sockets (postgres, supervisor) live under the directory, and a
#: socket's path is limited to 107 bytes.
LONGEST_DIRECTORY = 70

SCHEMAS = ("current", "runbook")


class StackError(Exception):
    """Something the person at the terminal must read; no traceback."""


def default_directory():
    """The one well-known directory of this user."""
    chosen = os.environ.get("SWITCHBOARD_STACK")
    if chosen:
        return chosen
    base = os.environ.get("TMPDIR") or "/tmp"
    return os.path.join(base, f"switchboard-stack-{os.getuid()}")


def run_user():
    """Who the servers run as. PostgreSQL and RabbitMQ's own scripts refuse
    root, so root's stack runs as the user that Debian's postgresql created."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise StackError("no user `postgres`: install the package postgresql") from None


class Stack:
    """The stack of one directory. `facts` is what stack.json holds."""

    def __init__(self, directory, facts=None):
        self.directory = os.path.realpath(directory)
        self.facts = facts or {}

    @classmethod
    def load(cls, directory):
        """The stack that was brought up in `directory`, or None."""
        stack = cls(directory)
        try:
            with open(stack.path("stack.json"), encoding="utf-8") as file:
                stack.facts = json.load(file)
        except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
            return None
        return stack

    @classmethod
    def new(cls, directory, ports, schema, speed, rate_limit, auth_rate_limit, runs=True):
        stack = cls(directory)
        if len(stack.directory) > LONGEST_DIRECTORY:
            raise StackError(f"{stack.directory}: longer than {LONGEST_DIRECTORY} characters, "
                             "too long for the unix sockets in it; choose another with --dir")
        stack.facts = {
            "ports": ports, "schema": schema, "speed": speed, "runs": runs,
            "rate_limit": rate_limit, "auth_rate_limit": auth_rate_limit,
            "email": "ops@voiceai.example", "password": "ops-" + secrets.token_hex(8),
            "jwt_secret": secrets.token_hex(32),
            "rabbitmq_user": "rabbitmq", "rabbitmq_password": "rabbitmq",
            "vhost": "voiceai", "user": run_user().pw_name,
        }
        return stack

    def save(self):
        # 0600: it holds the stack's passwords. The services read it, so the
        # owner is the user they run as.
        target = self.path("stack.json")
        descriptor = os.open(target + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self.facts, file, indent=2)
        self.give(target + ".new")
        os.replace(target + ".new", target)

    # Paths ---------------------------------------------------------------

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    @property
    def socket(self):
        return self.path("supervisor.sock")

    @property
    def data_directory(self):
        return self.path("postgres", "data")

    def log(self, program):
        return self.path("log", program + ".log")

    def give(self, path):
        """Makes `path` the property of the user that the services run as."""
        if os.getuid() == 0:
            user = run_user()
            os.chown(path, user.pw_uid, user.pw_gid)

    def make(self, *parts, mode=0o755):
        path = self.path(*parts)
        os.makedirs(path, mode=mode, exist_ok=True)
        self.give(path)
        return path

    def write(self, text, *parts, mode=0o644):
        path = self.path(*parts)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        self.give(path)
        return path

    # Addresses -----------------------------------------------------------

    def port(self, name):
        return self.facts["ports"][name]

    def http(self, name):
        return f"http://127.0.0.1:{self.port(name)}"

    @property
    def postgres_url(self):
        return f"postgresql://postgres@127.0.0.1:{self.port('postgres')}/voiceai_testing"

    @property
    def console_postgres_url(self):
        """For the console: the role that may only read, as README tells to make it."""
        return f"postgresql://switchboard@127.0.0.1:{self.port('postgres')}/voiceai_testing"

    @property
    def redis_url(self):
        return f"redis://127.0.0.1:{self.port('redis')}/0"

    @property
    def amqp_url(self):
        facts = self.facts
        return (f"amqp://{facts['rabbitmq_user']}:{facts['rabbitmq_password']}"
                f"@127.0.0.1:{self.port('amqp')}/{facts['vhost']}")

    @property
    def speed(self):
        return self.facts["speed"]

    @property
    def schema(self):
        return self.facts["schema"]

    # Faults --------------------------------------------------------------

    def flag(self, name):
        """The file whose presence is the fault `name`: services look at it, so
        that a fault outlives the restart of the part that it is about."""
        return self.path("faults", name)

    def has_fault(self, name):
        return os.path.exists(self.flag(name))

    def active_faults(self):
        try:
            return sorted(os.listdir(self.path("faults")))
        except FileNotFoundError:
            return []


def of_this_process():
    """The stack that this very process belongs to (for its services)."""
    stack = Stack.load(os.environ[MARK])
    if stack is None:
        raise StackError(f"{os.environ[MARK]}: no stack there")
    return stack
