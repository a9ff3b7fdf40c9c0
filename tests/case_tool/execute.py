"""Runs one command of a case and keeps what it said. Also the small program that stands between:
`python3 execute.py LIMITS... -- COMMAND` sets limits for itself and becomes COMMAND."""
import dataclasses
import os
import resource
import signal
import subprocess
import sys
import threading
import time

# Linux's numbers: prctl's PR_CAPBSET_DROP, and the two capabilities by which root passes over the
# permissions of files. Without them a read-only folder is read-only for root too.
PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


@dataclasses.dataclass
class Request:
    arguments: list
    folder: object
    stdin: bytes = b""
    environment: dict = dataclasses.field(default_factory=dict)
    file_size: int = None  # no file may grow beyond so many bytes: writing more fails (EFBIG)
    memory: int = None  # address space in bytes
    timeout: float = 120
    interrupt_after: float = None  # seconds
    interrupt_when: str = None  # as soon as the command has said this


@dataclasses.dataclass
class Outcome:
    status: int  # 128 + N for signal N, as a shell says it
    stdout: str
    stderr: str
    trouble: str = ""  # why the run itself cannot be judged


def clean_environment(extra):
    """The user's locale and OMP_* settings must not decide whether a case passes."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("LC_", "LANG", "OMP_", "PUENTE_"))}
    return {**kept, "LC_ALL": "C.UTF-8", **extra}


def run(request):
    limits = []
    if request.file_size is not None:
        limits.append(f"file-size={request.file_size}")
    if request.memory is not None:
        limits.append(f"memory={request.memory}")
    process = subprocess.Popen([sys.executable, "-I", __file__, *limits, "--", *request.arguments],
                               cwd=request.folder, env=clean_environment(request.environment),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True)
    said = {"stdout": bytearray(), "stderr": bytearray()}
    interrupted = threading.Event()
    wanted = request.interrupt_when.encode() if request.interrupt_when is not None else None

    def interrupt():
        if not interrupted.is_set() and process.poll() is None:
            interrupted.set()
            process.send_signal(signal.SIGINT)

    def read(stream, into):
        while block := os.read(stream.fileno(), 1 << 16):
            into += block
            if wanted is not None and wanted in into:
                interrupt()

    def feed():
        try:
            process.stdin.write(request.stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass

    threads = [threading.Thread(target=read, args=(process.stdout, said["stdout"])),
               threading.Thread(target=read, args=(process.stderr, said["stderr"])),
               threading.Thread(target=feed)]
    if request.interrupt_after is not None:
        timer = threading.Timer(request.interrupt_after, interrupt)
        timer.daemon = True
        timer.start()
    for thread in threads:
        thread.start()
    trouble = ""
    try:
        process.wait(timeout=request.timeout)
    except subprocess.TimeoutExpired:
        trouble = f"did not end within {request.timeout:g} s"
    # Whatever it started goes with it, so that the pipes close.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    for thread in threads:
        thread.join()
    process.stdout.close()
    process.stderr.close()
    if not trouble and wanted is not None and not interrupted.is_set():
        trouble = f"never said {request.interrupt_when!r}, so it was not interrupted"
    elif not trouble and request.interrupt_after is not None and not interrupted.is_set():
        trouble = f"ended before {request.interrupt_after:g} s, so it was not interrupted"
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Outcome(status, said["stdout"].decode(errors="replace"),
                   said["stderr"].decode(errors="replace"), trouble)


def obey_permissions():
    """Whether read-only now means read-only for this process and what it becomes."""
    if os.geteuid() != 0:
        return True
    import ctypes
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return all(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0
               for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH))


def permissions_are_obeyed():
    """Asked of a process like those that cases run."""
    script = f"import runpy,sys; sys.exit(0 if runpy.run_path({__file__!r})['obey_permissions']() else 1)"
    return subprocess.run([sys.executable, "-I", "-c", script]).returncode == 0


def become(arguments):
    split = arguments.index("--")
    obey_permissions()
    # Python ignores these two; a program that a shell starts does not inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    for limit in arguments[:split]:
        name, _, value = limit.partition("=")
        if name == "file-size":
            # Ignored, so that the write fails as on a full disk instead of killing the program.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(value), int(value)))
        elif name == "memory":
            resource.setrlimit(resource.RLIMIT_AS, (int(value), int(value)))
    command = arguments[split + 1:]
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"cannot run {command[0]}: {error}", file=sys.stderr)
        os._exit(127)


if __name__ == "__main__":
    become(sys.argv[1:])
