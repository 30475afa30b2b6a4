"""supervisord: its configuration, its start, and a client for its socket."""

import os
import subprocess
import xmlrpc.client

from . import rabbit
from .state import MARK, StackError, run_user

#: What `stack status` and the console list; `workload` keeps them busy.
PROGRAMS = ("postgres", "redis", "rabbitmq", "prometheus", "alertmanager",
            "backend", "celery-worker", "celery-beat", "workload")

PYTHON = "/usr/bin/python3"


def programs(stack):
    """Each program's command and what is special about it."""
    port = stack.port
    celery = [PYTHON, "-m", "celery", "-A", "switchstack.worker.tasks"]
    return {
        # The wrapper needs two seconds to be sure, and kills by itself.
        "postgres": ([PYTHON, "-m", "switchstack.pgwrap"], {"stopwaitsecs": 8}),
        # No process title: it would be written over the mark in the environment.
        "redis": (["redis-server", "--bind", "127.0.0.1", "--port", port("redis"),
                   "--save", "", "--appendonly", "no", "--set-proc-title", "no",
                   "--dir", stack.path("redis")], {}),
        # Erlang's orderly stop takes six seconds; whatever is durable is in
        # the page cache already, and the next start recovers it.
        "rabbitmq": (["/usr/lib/rabbitmq/bin/rabbitmq-server"],
                     {"stopsignal": "KILL", "environment": rabbit.environment(stack)}),
        "prometheus": (["prometheus", f"--config.file={stack.path('prometheus', 'prometheus.yml')}",
                        f"--storage.tsdb.path={stack.path('prometheus', 'data')}",
                        f"--web.listen-address=127.0.0.1:{port('prometheus')}"], {}),
        "alertmanager": (["prometheus-alertmanager",
                          f"--config.file={stack.path('alertmanager', 'alertmanager.yml')}",
                          f"--storage.path={stack.path('alertmanager', 'data')}",
                          "--cluster.listen-address=",
                          f"--web.listen-address=127.0.0.1:{port('alertmanager')}"], {}),
        "backend": ([PYTHON, "-m", "switchstack.backend"], {}),
        # TERM waits for the running tasks, the slowed ones of a backlog too.
        "celery-worker": (celery + ["worker", "--concurrency", "2", "--loglevel", "INFO",
                                    "--without-mingle", "-Q", "celery", "-n", "celery@demo"],
                          {"stopasgroup": "true", "killasgroup": "true"}),
        "celery-beat": (celery + ["beat", "--loglevel", "INFO", "--pidfile=",
                                  "--schedule", stack.path("celery", "beat-schedule")], {}),
        "workload": ([PYTHON, "-m", "switchstack.workload"], {}),
    }


def _quoted(word):
    """One word of supervisor's command line, which it splits as a shell does
    and in which it expands %(…)s."""
    word = str(word).replace("%", "%%")
    return "'" + word + "'" if not word or set(word) & set(" '\"\\;#") else word


def configuration(stack):
    """supervisord.conf. Nothing restarts by itself: a fault must stay one."""
    lines = [
        "[unix_http_server]", f"file={stack.socket}", "chmod=0700",
        "[supervisord]", f"logfile={stack.log('supervisord')}", "logfile_maxbytes=5MB",
        "logfile_backups=1", f"pidfile={stack.path('supervisord.pid')}", "nodaemon=true",
        "silent=true", f"directory={stack.directory}", f"identifier={stack.directory}",
        f"childlogdir={stack.path('log')}",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        "[supervisorctl]", f"serverurl=unix://{stack.socket}",
    ]
    for name, (command, extras) in programs(stack).items():
        settings = {
            # A SIGKILLed supervisord asks nobody to stop: this does.
            "command": " ".join(_quoted(word) for word in ["setpriv", "--pdeathsig", "TERM"] + command),
            "directory": stack.path("run"), "startsecs": 0, "startretries": 0,
            "autorestart": "false", "stopwaitsecs": 3,
            "redirect_stderr": "true", "stdout_logfile": stack.log(name),
            "stdout_logfile_maxbytes": "20MB", "stdout_logfile_backups": 1,
        }
        extras = dict(extras)
        if environment := extras.pop("environment", None):
            settings["environment"] = ",".join(
                f'{key}="{str(value).replace("%", "%%")}"' for key, value in environment.items())
        settings.update(extras)
        lines += [f"[program:{name}]"] + [f"{key}={value}" for key, value in settings.items()]
    return "\n".join(lines) + "\n"


def environment(stack):
    """What every service inherits: nothing of the caller's, and the mark."""
    return {
        "PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
        "HOME": stack.path("home"), "TMPDIR": stack.path("tmp"), "USER": stack.facts["user"],
        "PYTHONPATH": stack.path("code"), "PYTHONUNBUFFERED": "1", MARK: stack.directory,
    }


def demoted(command):
    """`command` as the user of the services: only root has to change."""
    if os.getuid() != 0:
        return command
    user = run_user()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}",
            "--init-groups", "--"] + command


def start(stack, guard):
    """Starts supervisord, detached, in a session of its own. It holds the claim on the ports as its
    standard input, the one descriptor that it neither closes nor passes on."""
    stack.write(configuration(stack), "supervisord.conf", mode=0o600)
    with open(stack.log("supervisord-start"), "wb") as log:
        return subprocess.Popen(
            demoted([PYTHON, "-m", "supervisor.supervisord", "-c", stack.path("supervisord.conf")]),
            env=environment(stack), cwd=stack.directory, stdin=guard,
            stdout=log, stderr=log, start_new_session=True)


class Supervisor:
    """The few calls that the stack makes to its supervisord."""

    def __init__(self, stack):
        # Debian's supervisor brings the transport that speaks XML-RPC over a
        # unix socket; Python's own does not.
        from supervisor.xmlrpc import SupervisorTransport
        transport = SupervisorTransport(None, None, serverurl=f"unix://{stack.socket}")
        self.calls = xmlrpc.client.ServerProxy("http://127.0.0.1", transport).supervisor

    def answers(self):
        try:
            return self.calls.getState()["statename"] == "RUNNING"
        except (OSError, xmlrpc.client.Error, xmlrpc.client.ProtocolError):
            return False

    def processes(self):
        """{name: what supervisor says of it}"""
        return {process["name"]: process for process in self.calls.getAllProcessInfo()}

    def pid(self, name):
        """The pid of a running program. Never 0, which would signal ourselves."""
        pid = self.calls.getProcessInfo(name)["pid"]
        if not pid:
            raise StackError(f"{name} is not running")
        return pid

    def stop(self, name):
        try:
            self.calls.stopProcess(name, True)
        except xmlrpc.client.Fault as fault:
            if "NOT_RUNNING" not in fault.faultString:
                raise StackError(f"stop {name}: {fault.faultString}") from None

    def start(self, name):
        try:
            self.calls.startProcess(name, True)
        except xmlrpc.client.Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise StackError(f"start {name}: {fault.faultString}") from None

