"""What a disk may have after a power cut, from what disk_shim.c has recorded.

The models, each stricter in its own way:
  synced    only what was synced
  any       of the rest any part, in 512-byte sectors
  torn      all, but the last write is torn in the middle, at 512 bytes or at 4096
  entries   as `any`; and of names that were made, changed or removed since their directory was synced, any part
  all       everything: only the processes are gone
In each, what was dirty at a failed sync is neither on the disk nor dirty any longer, as Linux does it."""
import pathlib
import struct

HEADER = struct.Struct("<8sIIQQQ")
MAGIC = b"DRILLREC"
WRITTEN, SYNCED, SYNC_FAILED, CUT, CREATED, RENAMED, LINKED, UNLINKED, DIRECTORY_SYNCED = range(9)
MODELS = ("synced", "any", "torn", "entries", "all")


class Record:
    __slots__ = ("kind", "inode", "offset", "name", "data", "end")

    def __init__(self, kind, inode, offset, name, data, end):
        self.kind, self.inode, self.offset, self.name, self.data, self.end = kind, inode, offset, name, data, end


def records_of(log):
    """Yields the records of the file `log`. A process that was killed may have left half a one."""
    bytes_ = pathlib.Path(log).read_bytes()
    at = 0
    while (at := bytes_.find(MAGIC, at)) != -1 and at + HEADER.size <= len(bytes_):
        _, kind, name_size, inode, offset, size = HEADER.unpack_from(bytes_, at)
        begin = at + HEADER.size
        has_data = kind in (WRITTEN, RENAMED, LINKED)
        end = begin + name_size + (size if has_data else 0)
        if end > len(bytes_) or (end < len(bytes_) and bytes_[end:end + 8] != MAGIC):
            at += 8  # half a record
            continue
        name = bytes_[begin:begin + name_size].decode()
        yield Record(kind, inode, offset, name, bytes_[begin + name_size:end] if has_data else b"", end)
        at = end


def put(content, offset, data):
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset:offset + len(data)] = data


class Disk:
    def __init__(self, folder):
        self.folder = str(folder)
        self.synced = {}  # inode: bytes
        self.pending = {}  # inode: [(offset, data)], and (size, None) for a cut
        self.names = {}  # path: inode, as the directory on the disk has them
        self.pending_names = []  # [(path, inode or None)]
        self.names_now = {}
        self.last_written = None  # an inode

    def apply(self, record):
        kind, inode = record.kind, record.inode
        if kind == WRITTEN:
            self.last_written = inode
            self.pending.setdefault(inode, []).append((record.offset, record.data))
        elif kind == CUT:
            self.pending.setdefault(inode, []).append((record.offset, None))
        elif kind == SYNCED:
            self.write(self.synced.setdefault(inode, bytearray()), self.pending.pop(inode, []))
        elif kind == SYNC_FAILED:
            self.pending.pop(inode, None)
        elif kind == CREATED:
            self.synced[inode], self.pending[inode] = bytearray(), []
            self.name(record.name, inode)
        elif kind == RENAMED:
            to = record.data.decode()
            self.name(to, self.names_now.get(record.name))
            self.name(record.name, None)
        elif kind == LINKED:
            self.name(record.data.decode(), self.names_now.get(record.name))
        elif kind == UNLINKED:
            self.name(record.name, None)
        elif kind == DIRECTORY_SYNCED:
            self.names, self.pending_names = dict(self.names_now), []

    def name(self, path, inode):
        self.names_now[path] = inode
        self.pending_names.append((path, inode))

    @staticmethod
    def write(content, changes):
        for offset, data in changes:
            if data is None:
                del content[offset:]
            else:
                put(content, offset, data)

    def has_dirty(self, suffix):
        return any(self.pending.get(inode) for path, inode in self.names_now.items() if path.endswith(suffix))

    def write_image(self, target, model, random):
        """Writes the files into the folder `target`. Metadata that is not synced is there, but in the model `entries`."""
        names = dict(self.names_now)
        if model == "entries":
            names = dict(self.names)
            for path, inode in self.pending_names:
                if random.random() < 0.5:
                    names[path] = inode
        for path, inode in names.items():
            if inode is None or inode not in self.synced:
                continue
            content = bytearray(self.synced[inode])
            self.write(content, list(self.part(self.pending.get(inode, []), model, random, inode == self.last_written)))
            file = target / path[len(self.folder):].lstrip("/")
            file.touch(mode=0o600)
            file.write_bytes(content)

    @staticmethod
    def part(changes, model, random, is_last):
        if model == "synced":
            return
        fortune = random.choice((0.1, 0.5, 0.9))
        for index, (offset, data) in enumerate(changes):
            if data is None:
                if model in ("torn", "all") or random.random() < fortune:
                    yield offset, None
            elif model == "all" or (model == "torn" and not (is_last and index == len(changes) - 1)):
                yield offset, data
            elif model == "torn":
                sector = random.choice((512, 4096))
                yield offset, data[:max(len(data) // 2 // sector, 0) * sector]
            else:
                at = 0
                while at < len(data):
                    size = 512 - (offset + at) % 512
                    if random.random() < fortune:
                        yield offset + at, data[at:at + size]
                    at += size
