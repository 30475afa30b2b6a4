"""What the measured programs need around them; each part is taken down again whatever happens."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

from . import settings

HERE = os.path.dirname(os.path.realpath(__file__))
PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
STACK = os.path.join(PROJECT, "Tests", "Stack", "stack")
#: Enough rows for a selection to wander in.
CONTAINERS = 6


def build(directory):
    """The leader and the floors, compiled where they are older than their source."""
    source = os.path.join(PROJECT, "Tests", "Bench")
    os.makedirs(directory, exist_ok=True)
    # Swift's toolchain has a C compiler where the machine has none.
    compiler = shutil.which("cc") or "clang"
    commands = {
        "leader": ("leader.c", [compiler, "-O2"], []),
        "floor": ("floor.c", [compiler, "-O2"], ["-lncursesw", "-ltinfo"]),
        "floor-swift": ("floor.swift", [
            "swiftc", "-O", "-static-stdlib", "-swift-version", "6", "-enable-upcoming-feature",
            "InternalImportsByDefault", "-I", os.path.join(PROJECT, "Sources", "CCurses")], [])}
    for name, (file, words, libraries) in commands.items():
        made, file = os.path.join(directory, name), os.path.join(source, file)
        if not os.path.exists(made) or os.path.getmtime(made) < os.path.getmtime(file):
            subprocess.run([*words, file, *libraries, "-o", made], check=True)


@contextlib.contextmanager
def scripted(*kinds):
    """Scripted servers; gives their ports."""
    process = subprocess.Popen([sys.executable, os.path.join(HERE, "scripted.py"), *kinds],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               start_new_session=True)
    try:
        yield [int(word) for word in process.stdout.readline().split()]
    finally:
        process.stdin.close()
        process.wait()


#: A program that writes a hundred lines each millisecond, as many as it is behind.
WRITER = r'''
import sys, time
line = "%%s,000+00:00 - api.routes - INFO - GET /api/v1/suite-runs took %6d ms for user %6d\n"
lines = [line % (n % 977, n) for n in range(1000)]
began, written = time.monotonic(), 0
while True:
    while written < (time.monotonic() - began) * 100_000:
        now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        sys.stdout.write("".join([line % now for line in lines]))
        written += 1000
    sys.stdout.flush()
    time.sleep(0.01)
'''


@contextlib.contextmanager
def writing(directory):
    """A supervisor whose one service writes 100,000 lines a second; gives its socket."""
    os.makedirs(directory)
    socket, script = os.path.join(directory, "s"), os.path.join(directory, "writer.py")
    with open(script, "w", encoding="utf-8") as file:
        file.write(WRITER)
    path = os.path.join(directory, "supervisord.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"""[supervisord]
nodaemon=true
logfile={directory}/log
pidfile={directory}/pid
[unix_http_server]
file={socket}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:writer]
command=/usr/bin/python3 {script}
stdout_logfile={directory}/writer.log
stdout_logfile_maxbytes=200MB
stdout_logfile_backups=1
redirect_stderr=true
""")
    process = subprocess.Popen(["supervisord", "-c", path], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        end = time.monotonic() + 10
        while not os.path.exists(socket):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("supervisord doesn't start")
            time.sleep(0.1)
        yield socket
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        if process.poll() is None:
            process.kill()
            process.wait()


@contextlib.contextmanager
def demo_stack(directory, log):
    """The miniature stack in a directory of its own; gives what the console needs to know."""
    stack = [STACK, "--dir", directory]
    with open(log, "w", encoding="utf-8") as file:
        try:
            # A session of its own: an interrupt is ours to handle, and `down` follows it.
            subprocess.run([*stack, "up"], check=True, stdout=file, stderr=file,
                           stdin=subprocess.DEVNULL, start_new_session=True)
            text = subprocess.run([*stack, "env", "--json"], check=True, capture_output=True,
                                  text=True).stdout
            yield json.loads(text)
        finally:
            subprocess.run([*stack, "down"], check=False, stdout=file, stderr=file,
                           stdin=subprocess.DEVNULL, start_new_session=True)


def _docker(socket, *words, **options):
    return subprocess.run(["docker", "-H", socket, *words], check=True, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, timeout=60, **options)


def _import_image(socket, directory):
    """An image of busybox alone: nothing is fetched from anywhere."""
    root = os.path.join(directory, "image")
    os.makedirs(os.path.join(root, "bin"))
    shutil.copy(shutil.which("busybox"), os.path.join(root, "bin", "busybox"))
    os.symlink("busybox", os.path.join(root, "bin", "sh"))
    os.symlink("busybox", os.path.join(root, "bin", "sleep"))
    archive = subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE)
    _docker(socket, "import", "-", "bench-image", stdin=archive.stdout)
    archive.wait()


@contextlib.contextmanager
def docker_engine(directory):
    """A private Docker Engine with a few containers; gives its socket's address."""
    os.makedirs(directory)
    path = os.path.join(directory, "docker.sock")
    socket = f"unix://{path}"
    log = open(os.path.join(directory, "log"), "w", encoding="utf-8")
    engine = subprocess.Popen(
        ["dockerd", "--host", socket, "--data-root", f"{directory}/data", "--exec-root",
         f"{directory}/exec", "--pidfile", f"{directory}/pid", "--bridge=none", "--iptables=false",
         "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"],
        stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    names = [f"service-{number}" for number in range(1, CONTAINERS + 1)]
    try:
        end = time.monotonic() + 30
        while not os.path.exists(path):
            if engine.poll() is not None or time.monotonic() > end:
                raise RuntimeError("dockerd doesn't start")
            time.sleep(0.1)
        _import_image(socket, directory)
        for name in names:
            _docker(socket, "run", "-d", "--name", name, "--network", "none",
                    "--label", f"com.docker.compose.project={settings.PROJECT_NAME}",
                    "--label", f"com.docker.compose.service={name}",
                    "bench-image", "sleep", "100000")
        yield socket
    finally:
        with contextlib.suppress(subprocess.SubprocessError, OSError):
            _docker(socket, "rm", "-f", *names)
        engine.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            engine.wait(20)
        if engine.poll() is None:
            engine.kill()
            engine.wait()
        log.close()
