"""The warm sandbox: as tight as the cold one, and the same to whoever uses it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager

from autograder.errors import InfrastructureError, ZygoteError
from autograder.outcome import Outcome
from autograder.sandbox import preload as profiles
from autograder.sandbox import warm_provisioner as warm
from autograder.sandbox import zygote_client as fork_server
from autograder.sandbox.kernelspecs import KERNELS
from autograder.sandbox.policy import Policy, limits
from autograder.sandbox.warm_provisioner import WarmProvisioner
from autograder.sandbox.zygote_client import Zygote
from tests.support import ROOT
from tests.support.kernels import ask, evaluate, finish_cell, run_cell, session

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from autograder.execution.session import KernelSession
    from autograder.sandbox.provisioner import SandboxProvisioner

BOTH = pytest.mark.parametrize("name", ["sandbox", "sandbox-warm"])


def provisioner(kernel: KernelSession) -> SandboxProvisioner:
    return kernel._manager.provisioner


STATUS = "dict(line.split(':\\t') for line in open('/proc/self/status').read().splitlines())"


def test_no_privilege_is_left():
    status = ask(STATUS)
    assert {status[f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"
    assert status["Groups"].strip() == "" or os.geteuid() != 0


def test_the_identity_is_the_sandboxes():
    uids, gids = ask("[os.getresuid(), os.getresgid()]")
    assert len({*uids, *gids}) == 1
    assert uids[0] >= 61_000 if os.geteuid() == 0 else uids[0] == 1000


def test_root_cannot_be_taken_back():
    attempt = "def retake():\n try:\n  os.setuid(0)\n except OSError as e:\n  return e.errno"
    assert ask("retake()", before="import os\n" + attempt) in (1, 22)


@BOTH
def test_the_limits_hold(name):
    policy = Policy(memory_mb=1024, processes=99, cpu_seconds=77, file_mb=3, open_files=222)
    source = "import resource as r"
    found = ask(
        "{n[7:].lower(): r.getrlimit(getattr(r, n)) for n in dir(r) if n.startswith('RLIMIT_')}",
        name,
        source,
        policy=policy,
    )
    for key, value in limits(policy).items():
        assert found[key] == [value, value], key


def test_only_the_sandboxes_processes_are_seen():
    names = ask(
        "[open(f'/proc/{p}/comm').read().strip() for p in os.listdir('/proc') if p.isdigit()]"
    )
    assert sorted(names) == ["bwrap", "cat", "python"]
    assert ask("os.getpid()") < 10


@BOTH
def test_nothing_is_seen_of_the_host(name, tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_text("the labels")
    monkeypatch.setenv("GRADER_TOKEN", "hunter2")
    paths = [str(secret), str(ROOT / "solutions"), str(ROOT / "tests"), "/etc/shadow", "/etc/hosts"]
    assert not any(ask(f"[os.path.exists(p) for p in {paths}]", name))
    environments = ask(
        "[open(f'/proc/{p}/environ').read() if os.access(f'/proc/{p}/environ', os.R_OK) else ''"
        " for p in os.listdir('/proc') if p.isdigit()] + [str(dict(os.environ))]",
        name,
    )
    assert not any("hunter2" in text for text in environments)
    assert ask(
        "[*os.listdir('/'), *os.listdir('/home' if os.path.isdir('/home') else '/tmp')]", name
    )


@BOTH
def test_there_is_no_network(name):
    connect = (
        "import socket\ndef connect(family, address):\n"
        " try:\n  socket.socket(family).connect(address)\n"
        " except OSError as e:\n  return type(e).__name__"
    )
    assert ask("connect(socket.AF_INET, ('127.0.0.1', 22))", name, connect)
    assert ask("connect(socket.AF_INET, ('1.1.1.1', 53))", name, connect)
    assert ask("[i for _, i in socket.if_nameindex()]", name, connect) == ["lo"]


def test_descriptors_are_the_kernels_own():
    links = ask(
        "[os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')"
        " if os.path.lexists(f'/proc/self/fd/{n}')]"
    )
    allowed = ("socket:", "pipe:", "anon_inode:", "/dev/null", "/proc/")
    assert all(link.startswith(allowed) for link in links), links


@BOTH
def test_descriptors_tell_nothing_of_the_hosts_interfaces(name):
    """A socket lists the interfaces of the network in which it was made."""
    seen: dict[str, Any] = {}
    exec(LIST_INTERFACES, seen)
    assert seen["list_interfaces"]()  # the probe sees what there is to see
    assert ask("list_interfaces()", name, LIST_INTERFACES) == []


LIST_INTERFACES = """
import array, fcntl, os, socket, struct
SIOCGIFNAME = 0x8910
def list_interfaces():
    names = []
    for descriptor in [*map(int, os.listdir("/proc/self/fd")), socket.socket().detach()]:
        for index in range(1, 9):
            request = bytearray(struct.pack("16si20x", b"", index))
            try:
                fcntl.ioctl(descriptor, SIOCGIFNAME, request)
            except OSError:
                continue
            names.append(request[:16].rstrip(b"\\0").decode())
    return names
"""


@BOTH
def test_whatever_is_mapped_is_on_the_allow_list(name):
    mapped = ask(
        "sorted({f[5] for line in open('/proc/self/maps')"
        " if len(f := line.split(maxsplit=5)) > 5 and f[5][0] == '/'})",
        name,
        "import sklearn.svm, matplotlib.pyplot",
    )
    assert mapped
    assert all(ask(f"[os.path.exists(p.strip()) for p in {mapped}]", name))


def test_the_interpreter_cannot_be_overwritten():
    """A fork of a process outside would hold a way to the host's own, writable file."""
    attempt = (
        "import os\ndef attempt():\n try:\n  os.open('/proc/self/exe', os.O_RDWR)\n"
        " except OSError as e:\n  return os.strerror(e.errno)"
    )
    assert ask("attempt()", before=attempt) in ("Read-only file system", "Permission denied")
    assert ask("os.statvfs('/proc/self/exe').f_flag & os.ST_RDONLY") == os.ST_RDONLY


def test_modules_are_the_sandboxes_files():
    origins = ask(
        "[getattr(m, '__file__', None) for m in list(sys.modules.values())]",
        before="import helpers.data, autograder.kernel_side.agent",
    )
    files = [origin for origin in origins if origin]
    assert "/course/helpers/data.py" in files
    assert all(ask(f"[os.path.exists(p) for p in {files}]"))


def test_data_is_found_and_environment_set(tmp_path):
    tmp_path.chmod(0o755)  # another user reads it
    (tmp_path / "note").write_text("handed over")
    policy = Policy(
        read_only=((tmp_path, "/data"),), environment=(("COURSE_DATA", "/data"), ("EXTRA", "yes"))
    )
    before = "from helpers.data import load_sample\nfrom helpers.places import data_folder"
    said = ask(
        "[os.environ['EXTRA'], str(data_folder()), open('/data/note').read(), "
        "len(load_sample()[0]), os.getcwd()]",
        before=before,
        policy=policy,
    )
    assert said == ["yes", "/data", "handed over", 750, "/scratch"]


def test_the_environment_is_the_same():
    found, cold = ask("dict(os.environ)"), ask("dict(os.environ)", "sandbox")
    cold.pop("PYDEVD_USE_FRAME_EVAL", None)  # set by the debugger, which warm kernels lack
    assert found == cold


def test_two_at_once_see_nothing_of_each_other():
    async def main():
        async with session() as one, session() as two:
            await finish_cell(one, SPREAD)
            await finish_cell(one, LOOK)
            await finish_cell(two, LOOK)
            return await evaluate(one, "seen"), await evaluate(two, "seen")

    own, other = asyncio.run(main())
    assert own.pop("shm") == 0  # shared memory of System V is closed to everybody
    assert len(own.pop("files")) == 3  # the other probes see what there is to see
    assert all(own.values())
    assert other == {"files": [], "abstract": False, "tcp": False, "shm": 0, "memory": 0}


SPREAD = """
import os, socket
needle = "".join(reversed("yromem-eno-ni-eldeen"))
for folder in ("/scratch", "/tmp", "/dev/shm"):
    open(f"{folder}/left_by_one", "w").write(needle)
unix = socket.socket(socket.AF_UNIX); unix.bind("\\0left_by_one"); unix.listen()
tcp = socket.socket(); tcp.bind(("127.0.0.1", 45678)); tcp.listen()
"""
LOOK = """
import ctypes, os, re, socket
def reaches(family, address):
    try:
        socket.socket(family).connect(address)
    except OSError:
        return False
    return True
def count(pattern):
    hits = 0
    for line in open("/proc/self/maps"):
        span, mode, *_, name = line.split()
        low, high = (int(end, 16) for end in span.split("-"))
        if mode[0] == "r" and not name.startswith("[v") and high - low < 300 << 20:
            with open("/proc/self/mem", "rb") as memory:
                memory.seek(low)
                hits += len(re.findall(pattern, memory.read(high - low)))
    return hits
folders = ("/scratch", "/tmp", "/dev/shm")
seen = {
    "files": [f for folder in folders for f in os.listdir(folder) if "left" in f],
    "abstract": reaches(socket.AF_UNIX, "\\0left_by_one"),
    "tcp": reaches(socket.AF_INET, ("127.0.0.1", 45678)),
    "shm": ctypes.CDLL(None).shmget(0x1234, 4096, 0o1666) + 1,
    "memory": count(rb"needle-in-on[e]-memory"),  # which does not match itself
}
"""


def test_each_kernel_draws_its_own_numbers():
    draw = "[random.random(), numpy.random.rand()]"
    first, second = (ask(draw, before="import random, numpy") for _ in range(2))
    assert first[0] != second[0]
    assert first[1] != second[1]


SHOWN = [
    "print('out')\nimport sys\nprint('err', file=sys.stderr)",
    # what goes around Python comes through a pipe, when its reader gets to it
    "import os, time\nos.system('echo from a child')\nos.write(1, b'raw\\n')\ntime.sleep(1)",
    "1 + 1",
    "_ + len(In) + Out[3]",
    "import numpy as np\nnp.arange(3)",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'), {'a': 1})",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "fig, ax = plt.subplots()\nax.imshow([[1, 2]])\nplt.show()",
    "%matplotlib inline\nplt.plot([2, 1]);",
    "from sklearn.svm import SVC\nSVC(C=3).fit([[0], [1]], [0, 1]).predict([[1]])",
    "def f(x):\n    return 1 / x\nf(0)",
    "import warnings\nwarnings.warn('careful')",
    "raise KeyboardInterrupt",
    "syntax error",
    "%%capture caught\nprint('caught')",
    "caught.stdout",
    "len?",
    "%history -n 1-2",
    "[i for i in sys.path if 'site-packages' not in i and 'lib' not in i]",
    "sys.argv[0].endswith('ipykernel_launcher.py'), __name__, type(get_ipython()).__name__",
    "!echo shell",
    "import multiprocessing as m\nwith m.Pool(1) as p:\n    print(p.map(abs, [-1]))",
    "from joblib import Parallel, delayed\nParallel(2)(delayed(abs)(-i) for i in range(3))",
    "import tempfile\nopen(tempfile.mkstemp()[0], 'w').write('x')",
    "exec('await_ = 1'); import asyncio; await asyncio.sleep(0); 'awaited'",
    "import threading\nt = threading.Thread(target=print, args=('thread',)); t.start(); t.join()",
]


FIGURE_FIRST = ["import matplotlib.pyplot as plt\nplt.plot([1, 2]);"]
IMPORTED_LATE = [
    "1",
    "import matplotlib.pyplot as plt",
    "plt.plot([1, 2]);",
    "plt.rcParams['font.size']",
]


def outputs(name: str, sources: list[str]) -> list[object]:
    async def main():
        async with session(name) as kernel:
            return [await run_cell(kernel, source) for source in sources]

    return [_comparable(found, outcome) for found, outcome in asyncio.run(main())]


def _comparable(found: NotebookNode, outcome: Outcome) -> object:
    text = json.dumps([found.outputs, outcome], ensure_ascii=False)
    varying = r"0x[0-9a-f]+|[\d.]+ [nμm]?s\b|ipykernel_\d+"  # addresses, times, process ids
    return found.source, found.execution_count, json.loads(re.sub(varying, "*", text))


@pytest.mark.parametrize("sources", [SHOWN, FIGURE_FIRST, IMPORTED_LATE])
def test_outputs_are_those_of_a_cold_kernel(sources):
    both = (outputs(name, sources) for name in ("sandbox", "sandbox-warm"))
    for cold, hot in zip(*both, strict=True):
        assert cold == hot


def test_questions_reach_the_grader():
    async def main():
        async def answer(prompt):
            return prompt.upper()

        async with session() as kernel:
            return (await run_cell(kernel, "print(input('so? '))", answer=answer))[0]

    assert asyncio.run(main()).outputs[0].text == "SO? \n"


def test_an_interrupt_reaches_the_kernel_alone():
    async def main():
        async with session() as kernel:
            await finish_cell(
                kernel, "import subprocess; child = subprocess.Popen(['sleep', '60'])"
            )
            found, outcome = await run_cell(kernel, "while True: pass", seconds=1)
            await finish_cell(kernel, "assert child.poll() is None")
            return [o.ename for o in found.outputs], outcome

    names, outcome = asyncio.run(main())
    assert "KeyboardInterrupt" in names
    assert outcome is Outcome.TIME_OUT


def test_a_dead_kernel_is_noticed_though_the_holder_lives():
    async def main():
        async with session() as kernel:
            began = time.monotonic()
            _, outcome = await run_cell(kernel, "import os; os._exit(0)")
            return kernel.dead, outcome, time.monotonic() - began

    dead, outcome, seconds = asyncio.run(main())
    assert dead
    assert outcome is Outcome.STUDENT_ERROR
    assert seconds < 10


def test_the_end_leaves_nothing():
    async def main():
        async with session() as kernel:
            found = provisioner(kernel)
            await finish_cell(
                kernel, "import subprocess; subprocess.Popen(['setsid', 'sleep', '99'])"
            )
            namespace, folder = _namespace(Path(f"/proc/{found._first_pid}")), found._folder
            inside = [p for p in Path("/proc").glob("[0-9]*") if _namespace(p) == namespace]
            assert len(inside) == 4  # bubblewrap's, the holder, the kernel, and sleep
            assert folder.exists()
        return inside, folder

    assert ask("1") == 1  # so the fork server and its descriptors are there already
    before = len(list(Path("/proc/self/fd").iterdir()))
    inside, folder = asyncio.run(main())
    assert not folder.exists()
    assert not any(_runs(process) for process in inside)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def _runs(process: Path) -> bool:
    try:
        return "\nState:\tZ" not in (process / "status").read_text()
    except OSError:
        return False


def _namespace(process: Path) -> str:
    try:
        return str((process / "ns/pid").readlink())
    except OSError:
        return ""


def manager() -> AsyncKernelManager:
    specs = KernelSpecManager()
    specs.kernel_dirs.insert(0, str(KERNELS))
    return AsyncKernelManager(kernel_name="sandbox-warm", kernel_spec_manager=specs)


def test_a_restarted_kernel_answers_at_the_same_address():
    async def main():
        kernels = manager()
        await kernels.start_kernel()
        client = kernels.client()
        client.start_channels()
        await client.wait_for_ready(30)
        address = kernels.ip
        await kernels.restart_kernel(now=True)
        await client.wait_for_ready(30)
        reply = await client.execute_interactive("x = 1", timeout=20)
        client.stop_channels()
        await kernels.shutdown_kernel(now=True)
        return address == kernels.ip, reply["content"]["status"]

    assert asyncio.run(main()) == (True, "ok")


def test_a_killed_fork_server_is_replaced():
    first = Zygote.of("scientific")
    assert ask("1") == 1
    os.kill(first.pid, signal.SIGKILL)
    assert ask("1") == 1
    assert Zygote.of("scientific") is not first


def test_servers_that_are_killed_one_after_the_other_leave_kernels_warm(monkeypatch):
    """While two kernels of one process wait for the same one, as a submission's do."""
    monkeypatch.setattr(WarmProvisioner, "_cold", False)
    monkeypatch.setattr(WarmProvisioner, "_in_row", 0)
    started, started_pids = fork_server.start_bwrap, []

    def start_and_kill(*words, **options):
        process, pid = started(*words, **options)
        started_pids.append(pid)
        if len(started_pids) <= 3:
            os.kill(pid, signal.SIGKILL)
        return process, pid

    monkeypatch.setattr(fork_server, "start_bwrap", start_and_kill)
    monkeypatch.setattr(Zygote, "_running", {})

    async def main():
        async def one():
            async with session() as kernel:
                return await evaluate(kernel, "41 + 1")

        return await asyncio.gather(one(), one())

    try:
        assert asyncio.run(main()) == [42, 42]
    finally:
        Zygote.close_all()
    assert len(started_pids) == 4
    assert WarmProvisioner._cold is False
    assert WarmProvisioner._in_row == 0


def test_where_no_warm_start_works_kernels_start_cold(monkeypatch):
    """Here because the fork server, in its own cage, does not know the profile."""
    monkeypatch.setitem(profiles.PROFILES, "unknown-there", ())
    monkeypatch.setattr(WarmProvisioner, "_cold", False)

    async def main():
        async with session(profile="unknown-there") as kernel:
            answer = await evaluate(kernel, "41 + 1")
            _, outcome = await run_cell(kernel, "while True: pass", seconds=1)
            return answer, outcome, await evaluate(kernel, "42")

    with pytest.warns(UserWarning, match="start cold.*unknown-there"):
        assert asyncio.run(main()) == (42, Outcome.TIME_OUT, 42)


def test_where_no_fork_server_starts_kernels_start_cold(monkeypatch):
    def refuse(*_, **__):
        raise BlockingIOError("too many processes")

    monkeypatch.setattr(WarmProvisioner, "_cold", False)
    monkeypatch.setattr(fork_server, "start_bwrap", refuse)
    monkeypatch.setattr(Zygote, "_running", {})
    with pytest.warns(UserWarning, match="start cold.*too many processes"):
        assert ask("41 + 1") == 42


def test_kernels_outlive_their_fork_server():
    async def main():
        async with session() as kernel:
            os.kill(Zygote.of("scientific").pid, signal.SIGKILL)
            return await evaluate(kernel, "41 + 1")

    assert asyncio.run(main()) == 42


def test_the_fork_server_ends_with_the_grader():
    zygote = Zygote("base")
    asyncio.run(zygote.ready())
    zygote._control.close()
    assert zygote.process.wait(20) == 0
    assert not Path(f"/proc/{zygote.pid}").exists()


@pytest.mark.parametrize("broken", ["no_such_module_here", "autograder.sandbox.nothing"])
def test_a_profile_that_cannot_be_imported_is_our_fault(broken):
    zygote = Zygote(broken)
    with pytest.raises(ZygoteError, match="KeyError"):
        asyncio.run(zygote.ready())
    zygote.close()


def test_a_refused_fork_is_our_fault():
    async def main():
        zygote = Zygote.of("base")
        await zygote.ready()
        gone = os.pidfd_open(os.getpid())
        request = {"uid": 61_000, "limits": {}, "environment": {}, "connection": {}}
        try:
            await zygote.fork(request, gone, gone)
        finally:
            os.close(gone)

    with pytest.raises(InfrastructureError, match=r"OSError|PermissionError|TypeError"):
        asyncio.run(main())


def test_an_unknown_profile_is_named():
    with pytest.raises(ValueError, match="'fortran'"):
        asyncio.run(manager().start_kernel(profile="fortran"))


def test_a_base_kernel_imports_the_rest_itself():
    assert ask("len(X)", before=SVM, profile="base") == 1797
    assert "matplotlib.pyplot" not in profiles.BASE


SVM = (
    "from sklearn.datasets import load_digits\nfrom sklearn.svm import SVC\n"
    "X, y = load_digits(return_X_y=True)\nSVC().fit(X[:200], y[:200])"
)


@pytest.mark.slow
def test_tensorflow_works_in_a_scientific_kernel():
    train = (
        "import keras, numpy as np\n"
        "model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])\n"
        "model.compile('sgd', 'mse')\n"
        "loss = model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0).history['loss'][0]"
    )
    assert ask("loss", before=train) >= 0


def test_the_holder_is_a_program_of_the_sandbox():
    assert Path(warm.HOLDER[0]).exists()
