"""A process that has loaded what stages load, and forks into one for each that start.py asks for.

Loading torch and transformers takes seconds; a reproduction is dozens of stages of seconds. The library itself is not
loaded here: a stage always runs the code that its record names.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path

from repro.engine.start import ADDRESS, BEGUN

# Some of transformers is loaded at its first use: these are uses.
LOADED = {
    "pandas": (),
    "pyarrow.parquet": (),
    "safetensors.torch": (),
    "scipy.stats": (),
    "torch": (),
    "transformers": ("AutoModelForCausalLM", "LlamaForCausalLM", "PreTrainedTokenizerFast", "Trainer"),
}


def warm(threads: int) -> subprocess.Popen[bytes]:
    """Start the process and tell start.py, through the environment, where it is; it ends when its standard input does.

    Args:
        threads: how many a stage computes with.
    """
    address = Path(tempfile.mkdtemp(prefix="superficial-")) / "warm"
    os.environ[ADDRESS] = str(address)
    # Where the process itself asks the driver of a card for one, its forks can not use the card any more.
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTORCH_NVML_BASED_CUDA_CHECK": "1"}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        # Who asks while the process still loads waits in the queue.
        listening.listen(64)
        command = [sys.executable, "-m", "repro.engine.warm", str(address), str(listening.fileno())]
        return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, pass_fds=[listening.fileno()])


def serve(address: Path, descriptor: int) -> None:
    """Fork a stage for each request at a listening socket until standard input ends; then remove its address."""
    try:
        with socket.socket(fileno=descriptor) as listening, selectors.DefaultSelector() as selector:
            for module, names in LOADED.items():
                loaded = importlib.import_module(module)
                for name in names:
                    getattr(loaded, name)
            # The stages' ends are told by themselves; nobody waits for them here.
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            selector.register(listening, selectors.EVENT_READ)
            selector.register(sys.stdin, selectors.EVENT_READ)
            while sys.stdin not in [key.fileobj for key, _ in selector.select()]:
                connection = listening.accept()[0]
                if os.fork() == 0:
                    listening.close()
                    _stage(connection)
                connection.close()
    finally:
        address.unlink(missing_ok=True)
        address.parent.rmdir()


def _stage(connection: socket.socket) -> None:
    """Be the stage that a connection asks for, and end."""
    status = 1
    try:
        _, (out, error), _, _ = socket.recv_fds(connection, 1, 2)
        with connection.makefile("rb") as asked:
            request = json.loads(asked.read())
        os.dup2(out, sys.stdout.fileno())
        os.dup2(error, sys.stderr.fileno())
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv = request["command"]
        connection.sendall(BEGUN)
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        # Whatever happens here: this process must not go on as a second warm one, nor clear away what is the first's.
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            connection.sendall(bytes([status]))
        os._exit(status)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
