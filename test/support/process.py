"""Child processes that never outlive the test, each with its log in a file."""

import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import tempfile

from .wait import until

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def build_dir():
    """Where the binaries are: TOLLGATE_BUILD, set by ctest."""
    path = os.environ.get("TOLLGATE_BUILD")
    if not path:
        raise RuntimeError("TOLLGATE_BUILD must name the build directory")
    return pathlib.Path(path).resolve()


def cached(name, make):
    """A folder of the build's that `make(folder)` fills once: keys take long to make. Safe when
    tests run side by side: the first to be ready wins."""
    folder = build_dir() / "test" / "cache" / name
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
            own = pathlib.Path(fresh) / "own"
            own.mkdir()
            make(own)
            try:
                own.rename(folder)
            except OSError:
                pass  # Another test was faster.
    return folder


def free_port():
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def temp_dir(name):
    return tempfile.TemporaryDirectory(prefix=f"tollgate-{name}-", ignore_cleanup_errors=True)


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def run(binary, *arguments, stdin="", env=None, timeout=20):
    """A short command of the built program: (exit code, stdout, stderr)."""
    done = subprocess.run([str(build_dir() / binary), *map(str, arguments)], input=stdin, text=True,
                          capture_output=True, timeout=timeout, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr


class Process:
    """One server process; `start` may be called again after its end (the log is appended to)."""

    patience_s = 20  # until it must be ready

    def __init__(self, binary, log_path):
        self.binary = build_dir() / binary
        self.log_path = pathlib.Path(log_path)
        self.child = None

    def start(self, *arguments, env=None):
        assert self.child is None or self.child.poll() is not None, "still running"
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(
                [str(self.binary), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, **(env or {})}, preexec_fn=_die_with_parent)

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def running(self):
        return self.child is not None and self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def wait_exit(self, timeout=15):
        """The exit code (negative: the signal that ended it)."""
        return self.child.wait(timeout)

    def kill(self):
        """As a power cut would."""
        if self.running():
            self.child.kill()
        self.child.wait(10)

    def stop(self, timeout=15):
        """SIGTERM; the exit code. A process that does not end in time is killed and reported."""
        if self.child is None:
            return None
        if self.running():
            self.child.terminate()
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait(10)
            raise AssertionError(f"{self.binary.name} did not end within {timeout} s of SIGTERM\n"
                                 f"{self.tail()}") from None

    def wait_ready(self, ready, timeout=None):
        def settled():
            if not self.running():
                raise AssertionError(f"{self.binary.name} ended with {self.child.returncode} "
                                     f"while starting\n{self.tail()}")
            return ready()
        try:
            return until(settled, f"{self.binary.name} ready",
                         timeout or self.patience_s)
        except AssertionError:
            if self.running():
                self.kill()
            raise

    def tail(self, lines=30):
        return "\n".join(self.log().splitlines()[-lines:])
