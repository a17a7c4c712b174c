"""The other end of disk/disk.c: makes its operations fail, and tells from its log what a power cut
at any moment may have left of the files."""

import errno
import mmap
import pathlib
import random
import struct

from support.process import build_dir

WRITE, SYNC, TRUNCATE, READ = 1, 2, 4, 8
DATABASE, WAL, JOURNAL, FOLDER = 1, 2, 3, 4
SUFFIX = {DATABASE: "", WAL: "-wal", JOURNAL: "-journal"}
ALL = sum(1 << file for file in (DATABASE, WAL, JOURNAL))
SECTOR = 512

_CONTROL = struct.Struct("<IIIiQIIQQ")  # struct disk_control
_RECORD = struct.Struct("<IHHQQ")       # struct disk_record
_MAGIC = 0x4B534944
_CREATED, _WRITTEN, _TRUNCATED, _SYNCED, _SYNC_FAILED, _UNLINKED = range(1, 7)


class Disk:
    """The environment of a server whose database lives on it."""

    def __init__(self, folder, database):
        self.database = pathlib.Path(database)
        self._file = pathlib.Path(folder) / "disk-control"
        self._file.write_bytes(bytes(_CONTROL.size))
        with open(self._file, "r+b") as file:
            self._page = mmap.mmap(file.fileno(), _CONTROL.size)
        self.log = pathlib.Path(folder) / "disk-log"

    def environment(self, log=False):
        return {"LD_PRELOAD": str(build_dir() / "test" / "disk.so"),
                "TOLLGATE_DISK": str(self.database), "TOLLGATE_DISK_CONTROL": str(self._file),
                **({"TOLLGATE_DISK_LOG": str(self.log)} if log else {})}

    def fail(self, operations, error=errno.EIO, at=1, for_ever=False, files=ALL):
        """The `at`-th of these operations from now on fails, and all after it where `for_ever`."""
        self._set(1, operations, files, error, at, for_ever, 0)

    def lie(self):
        """Syncs of the log do nothing and say that they did."""
        self._set(0, 0, 0, 0, 0, False, 1)

    def heal(self):
        self._set(0, 0, 0, 0, 0, False, 0)

    def _set(self, armed, operations, files, error, at, for_ever, lies):
        self._page[:] = _CONTROL.pack(armed, operations, files, error, at, for_ever, lies, 0, 0)

    @property
    def failed(self):
        return _CONTROL.unpack(self._page[:])[8]

    @property
    def log_size(self):
        return self.log.stat().st_size if self.log.exists() else 0


class _Inode:
    def __init__(self, durable=b""):
        self.durable, self.pending = bytearray(durable), []


def _apply(content, operation):
    if isinstance(operation, int):
        del content[operation:]
        content.extend(bytes(operation - len(content)))
        return
    offset, data = operation
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset:offset + len(data)] = data


def _torn(operations, chance):
    """Each sector of what was not synced is on the disk or not."""
    for operation in operations:
        if isinstance(operation, int):
            if chance.random() < 0.5:
                yield operation
            continue
        offset, data = operation
        at = 0
        while at < len(data):
            end = min(len(data), at + SECTOR - (offset + at) % SECTOR)
            if chance.random() < 0.5:
                yield offset + at, data[at:end]
            at = end


class PowerCuts:
    """Reads a log from its start; `at(position)` goes on to there."""

    def __init__(self, disk, base):
        """`base`: what the files held when the log began, by file."""
        self._log = open(disk.log, "rb")
        self.position = 0
        self._chance = random.Random(0)
        self.entries = {file: _Inode(content) for file, content in base.items()}
        self._names = dict(self.entries)  # what the running system sees
        self._unsynced_names = []

    def close(self):
        self._log.close()

    def advance(self, until, chance):
        self._chance = chance
        while self.position < until:
            head = self._log.read(_RECORD.size)
            if len(head) < _RECORD.size:
                return
            magic, kind, file, offset, length = _RECORD.unpack(head)
            assert magic == _MAGIC, "the log is damaged"
            data = self._log.read(length)
            if len(data) < length:
                return  # Killed in the middle of it.
            self.position += _RECORD.size + length
            self._take(kind, file, offset, data)

    def _take(self, kind, file, offset, data):
        if file == FOLDER:
            if kind == _SYNCED:
                self.entries.update(self._unsynced_names)
                self._unsynced_names = []
            return
        if kind in (_CREATED, _UNLINKED):
            inode = _Inode() if kind == _CREATED else None
            self._names[file] = inode
            self._unsynced_names.append((file, inode))
            return
        inode = self._names[file]
        if kind == _WRITTEN:
            inode.pending.append((offset, data))
        elif kind == _TRUNCATED:
            inode.pending.append(offset)
        else:
            # After a failed sync the kernel calls its pages clean: what is not on the disk by now
            # will never be, though everyone still reads it.
            kept = inode.pending if kind == _SYNCED else _torn(inode.pending, self._chance)
            for operation in kept:
                _apply(inode.durable, operation)
            inode.pending = []

    def image(self, chance):
        """What a power cut here leaves: {file: bytes}, drawn by `chance`."""
        entries = dict(self.entries)
        entries.update(self._unsynced_names[:chance.randint(0, len(self._unsynced_names))])
        return {file: self._content(inode, chance) for file, inode in entries.items() if inode}

    @staticmethod
    def _content(inode, chance):
        content, pending = bytearray(inode.durable), inode.pending
        kept = {"none": [], "all": pending, "torn": _torn(pending, chance),
                "first": pending[:chance.randint(0, len(pending))]}
        for operation in kept[chance.choice(list(kept))]:
            _apply(content, operation)
        return bytes(content)


def read_files(database):
    found = {}
    for file, suffix in SUFFIX.items():
        path = pathlib.Path(str(database) + suffix)
        if path.exists():
            found[file] = path.read_bytes()
    return found


def write_files(database, image):
    """The files as after the cut; the index of the log (-shm) is memory and gone."""
    for file, suffix in SUFFIX.items():
        path = pathlib.Path(str(database) + suffix)
        path.unlink(missing_ok=True)
        if file in image:
            path.write_bytes(image[file])
    pathlib.Path(str(database) + "-shm").unlink(missing_ok=True)
