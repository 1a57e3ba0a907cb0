"""A warm process: it has loaded torch and the other packages, and forks for each module that start.py asks it to run.

Loading torch and transformers takes seconds, and a reproduction is dozens of stage calls of seconds. The library
`superficial` is not loaded here, so that a stage always runs the code that its record names.
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

from repro.engine.start import ADDRESS, STARTED

# Parts of transformers are loaded when they are first used: the names listed here are used.
_LOADED = {
    "pandas": (),
    "pyarrow.parquet": (),
    "safetensors.torch": (),
    "scipy.stats": (),
    "torch": (),
    "transformers": ("AutoModelForCausalLM", "LlamaForCausalLM", "PreTrainedTokenizerFast", "Trainer"),
}


def start_warm_process(threads: int) -> subprocess.Popen[bytes]:
    """Start the warm process, and put its address into the environment for start.py.

    The process ends when its standard input is closed.

    Args:
        threads: how many threads a stage uses.
    """
    address = Path(tempfile.mkdtemp(prefix="superficial-")) / "warm"
    os.environ[ADDRESS] = str(address)
    # If the warm process itself opened the GPU's driver, its forks could no longer use the GPU.
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTORCH_NVML_BASED_CUDA_CHECK": "1"}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        # Requests that arrive while the process still loads wait in the queue.
        listener.listen(64)
        command = [sys.executable, "-m", "repro.engine.warm", str(address), str(listener.fileno())]
        return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, pass_fds=[listener.fileno()])


def serve(address: Path, descriptor: int) -> None:
    """Fork for each request to a listening socket until standard input closes; then remove the socket's address."""
    try:
        with socket.socket(fileno=descriptor) as listener, selectors.DefaultSelector() as selector:
            for name, attributes in _LOADED.items():
                module = importlib.import_module(name)
                for attribute in attributes:
                    getattr(module, attribute)
            # Each fork sends its own exit status; this process does not wait for any.
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            selector.register(listener, selectors.EVENT_READ)
            selector.register(sys.stdin, selectors.EVENT_READ)
            while sys.stdin not in [key.fileobj for key, _ in selector.select()]:
                connection = listener.accept()[0]
                if os.fork() == 0:
                    listener.close()
                    _run_request(connection)
                connection.close()
    finally:
        address.unlink(missing_ok=True)
        address.parent.rmdir()


def _run_request(connection: socket.socket) -> None:
    """Run the module that a connection asks for, in this fork, and exit."""
    status = 1
    try:
        _, (output, error), _, _ = socket.recv_fds(connection, 1, 2)
        with connection.makefile("rb") as stream:
            request = json.loads(stream.read())
        os.dup2(output, sys.stdout.fileno())
        os.dup2(error, sys.stderr.fileno())
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv = request["command"]
        connection.sendall(STARTED)
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as exit_request:
        if isinstance(exit_request.code, str):
            print(exit_request.code, file=sys.stderr)
        status = exit_request.code if isinstance(exit_request.code, int) else int(exit_request.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        # Whatever happened, this fork must not go on as a second warm process, nor remove the socket of the first.
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            connection.sendall(bytes([status]))
        os._exit(status)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
