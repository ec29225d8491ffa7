"""Makes a virtual environment with pinned packages, once: environment.py FOLDER PACKAGE==VERSION...

Debian packages `ensurepip` apart from Python itself, so the environment has no pip of its own: the pip of this Python
installs into it. The kernel frees the lock when its holder dies, so that a killed run blocks no later one.
"""

import fcntl
import pathlib
import shutil
import subprocess
import sys
import venv

folder, packages = pathlib.Path(sys.argv[1]), sys.argv[2:]
python = folder / "bin" / "python"
# Written last, so that an interrupted installation is begun again, and one for another Python too.
complete = folder / "complete"

folder.parent.mkdir(parents=True, exist_ok=True)
with open(f"{folder}.lock", "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not complete.exists() or complete.read_text() != sys.version or not python.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=False)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
        subprocess.run([*pip, "install", "-q", "--no-input", *packages], check=True, stdin=subprocess.DEVNULL)
        complete.write_text(sys.version)
