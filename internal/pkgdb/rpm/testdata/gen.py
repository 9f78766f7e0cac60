#!/usr/bin/env python3
"""Writes the databases beside it: python3 gen.py (3.9 or later, SQLite 3.35 or later).

The same three packages in each form that rpm has had, with pages small enough
that headers spill over into others and the trees have more than one level.
"""
import os
import shutil
import sqlite3
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
INT16, INT32, STRING, ARRAY, CHAR = 3, 4, 6, 8, 1


def header(tags):
    index, store = b"", b""
    for tag, kind, value in tags:
        align = {INT16: 2, INT32: 4}.get(kind, 1)
        store += b"\0" * (-len(store) % align)
        offset = len(store)
        if kind == STRING:
            count, data = 1, value.encode() + b"\0"
        elif kind == ARRAY:
            count, data = len(value), b"".join(v.encode() + b"\0" for v in value)
        else:
            count, data = len(value), struct.pack(">%d%s" % (len(value), {INT16: "H", INT32: "I", CHAR: "B"}[kind]), *value)
        index += struct.pack(">4i", tag, kind, offset, count)
        store += data
    return struct.pack(">2I", len(tags), len(store)) + index + store


def package(name, version, files, epoch=None, provides=()):
    """files: (directory, base, mode, flags, state)"""
    dirs = sorted({f[0] for f in files})
    tags = [(1000, STRING, name), (1001, STRING, version), (1002, STRING, "1.fc40")]
    if epoch is not None:
        tags.append((1003, INT32, [epoch]))
    tags += [(1022, STRING, "x86_64"), (1044, STRING, name + "-" + version + "-1.fc40.src.rpm"),
             (1047, ARRAY, [name, *provides])]
    if files:
        tags += [(1029, CHAR, [f[4] for f in files]), (1030, INT16, [f[2] for f in files]), (1037, INT32, [f[3] for f in files]),
                 (1116, INT32, [dirs.index(f[0]) for f in files]), (1117, ARRAY, [f[1] for f in files]), (1118, ARRAY, dirs)]
    return header(tags)


DOC, GHOST = 1 << 1, 1 << 6
PACKAGES = [
    package("rpm", "4.19.1", [("/usr/bin/", "rpm", 0o100755, 0, 0)]),
    package("openssl-libs", "3.2.1", [
        ("/usr/lib64/", "libssl.so.3", 0o120777, 0, 0), ("/usr/lib64/", "libssl.so.3.2.1", 0o100755, 0, 0),
        ("/etc/pki/", "tls", 0o040755, 0, 0), ("/etc/pki/tls/", "ghost.cnf", 0o100644, GHOST, 0),
        ("/usr/lib64/", "left-out", 0o100755, 0, 2), ("/usr/libexec/", "README.odd", 0o100644, DOC, 0),
    ], epoch=1, provides=["libssl.so.3()(64bit)", "libssl.so.3(OPENSSL_3.0.0)(64bit)", "openssl-libs(x86-64)"]),
    package("many-files", "1", [("/usr/share/many/", "file-%04d" % i, 0o100644, 0, 0) for i in range(200)], provides=["virtual"]),
    package("gpg-pubkey", "a15b79cc", []),
]


def path(name):
    return os.path.join(HERE, name)


def sqlite():
    for name in ("rpmdb.sqlite", "work.sqlite", "work.sqlite-wal", "work.sqlite-shm"):
        if os.path.exists(path(name)):
            os.remove(path(name))
    db = sqlite3.connect(path("work.sqlite"))
    db.execute("PRAGMA page_size = 512")
    db.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    db.execute("CREATE TABLE Name (key TEXT NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL)")
    for p in PACKAGES:
        db.execute("INSERT INTO Packages (blob) VALUES (?)", (p,))
    for i in range(60):  # small ones, for a tree of two levels
        db.execute("INSERT INTO Packages (blob) VALUES (?)", (package("small-%02d" % i, "1", []),))
    db.commit()
    shutil.copy(path("work.sqlite"), path("rpmdb.sqlite"))
    # What follows is in the log alone.
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    shutil.copy(path("work.sqlite"), path("logged.sqlite"))
    db.execute("INSERT INTO Packages (blob) VALUES (?)", (package("logged", "2", [("/usr/bin/", "logged", 0o100755, 0, 0)]),))
    db.execute("DELETE FROM Packages WHERE hnum = 5")
    db.commit()
    shutil.copy(path("work.sqlite-wal"), path("logged.sqlite-wal"))
    db.close()
    os.remove(path("work.sqlite"))


def ndb():
    slots, blobs = [], b""
    for i, p in enumerate(PACKAGES, 1):
        slots.append(struct.pack("<4s3I", b"Slot", i, (4096 + len(blobs)) // 16, 0))
        blob = struct.pack("<4s3I", b"BlbS", i, 1, len(p)) + p + b"\0" * 12
        blobs += blob + b"\0" * (-len(blob) % 16)
    slots += [struct.pack("<4s3I", b"Slot", 0, 0, 0)] * (254 - len(slots))
    with open(path("Packages.db"), "wb") as f:
        f.write(struct.pack("<4s7I", b"RpmP", 0, 1, 1, 9, 0, 0, 0) + b"".join(slots) + blobs)


def bdb(order, name):
    size, pages = 512, {}
    items, chains = [], 2
    for i, p in enumerate([struct.pack(order + "I", 9), *PACKAGES]):
        key = b"\1" + struct.pack(order + "I", i)
        if len(p) < size // 4:
            items += [key, b"\1" + p]
            continue
        items += [key, b"\3\0\0\0" + struct.pack(order + "2I", chains, len(p))]
        room = size - 26
        for at in range(0, len(p), room):
            part = p[at:at + room]
            following = chains + 1 if at + room < len(p) else 0
            pages[chains] = (struct.pack(order + "8x3I2HBB", chains, 0, following, 1, len(part), 0, 7) + part).ljust(size, b"\0")
            chains += 1
    index, end, body = b"", size, b""
    for item in items:
        end -= len(item)
        index += struct.pack(order + "H", end)
        body = item + body
    head = struct.pack(order + "8x3I2HBB", 1, 0, 0, len(items), end, 0, 13) + index
    pages[1] = head + b"\0" * (end - len(head)) + body
    pages[0] = struct.pack(order + "8x4I4B2I", 0, 0x061561, 9, size, 0, 8, 0, 0, 0, chains - 1).ljust(size, b"\0")
    with open(path(name), "wb") as f:
        for n in range(chains):
            f.write(pages[n])


sqlite()
ndb()
bdb("<", "Packages")
bdb(">", "Packages.be")
