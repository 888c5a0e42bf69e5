# SPDX-License-Identifier: Apache-2.0
"""Tar archives, byte by byte: honest ones, and those that two readers see differently. CRAFTED has, for a file
that decides (`name`, with the contents `good` and `bad`), archives in which somebody may read `bad`."""

import bz2
import gzip
import io
import lzma
import tarfile

BLOCK = 512
END = bytes(2 * BLOCK)
POSIX, GNU = b"ustar\x0000", b"ustar  \x00"


def pad(data):
    return data + bytes(-len(data) % BLOCK)


def header(name, size=0, kind=b"0", link=b"", magic=POSIX, prefix=b"", size_field=None, rest=None, mode=b"0000644\0"):
    """One header block, with a right checksum whatever it says."""
    block = bytearray(BLOCK)
    block[0:len(name)] = name
    block[100:108], block[108:116], block[116:124] = mode, b"0000000\0", b"0000000\0"
    block[124:136] = size_field or b"%011o\0" % size
    block[136:148] = b"00000000000\0"
    block[156:157] = kind
    block[157:157 + len(link)] = link
    block[257:265] = magic
    block[345:345 + len(prefix)] = prefix
    if rest:
        block[500:500 + len(rest)] = rest
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def entry(name, data=b"", **said):
    return header(name, len(data), **said) + pad(data)


def record(key, value):
    body = b" " + key + b"=" + value + b"\n"
    size = len(body)
    while len(str(size)) + len(body) != size:
        size = len(str(size)) + len(body)
    return b"%d" % size + body


def pax(*records, kind=b"x"):
    return entry(b"PaxHeaders/x", b"".join(record(*one) for one in records), kind=kind)


def long_name(name, kind=b"L"):
    return entry(b"././@LongLink", name + b"\0", kind=kind, magic=GNU)


def plain(files, **options):
    """What Python's tarfile writes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **options) as archive:
        for name, data in files.items():
            one = tarfile.TarInfo(name)
            one.size = len(data)
            archive.addfile(one, io.BytesIO(data))
    return out.getvalue()


PACKED = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


def crafted(name, good, bad):
    """{what: archive}. `name` has no directory."""
    whole = lambda *parts: b"".join(parts) + END
    sure, evil = entry(name, good), entry(name, bad)
    return {
        "twice, the last one counts": whole(sure, evil),
        "twice, the first one counts": whole(evil, sure),
        "twice, once with ./": whole(sure, entry(b"./" + name, bad)),
        "twice, once with a slash doubled": whole(sure, entry(b".//" + name, bad)),
        "behind ..": whole(sure, entry(b"x/../" + name, bad)),
        "absolute": whole(sure, entry(b"/" + name, bad)),
        "a symbolic link": whole(entry(b"evil", bad), header(name, kind=b"2", link=b"evil")),
        "a symbolic link over it": whole(sure, entry(b"evil", bad), header(name, kind=b"2", link=b"evil")),
        "a hard link": whole(entry(b"evil", bad), header(name, kind=b"1", link=b"evil")),
        "a hard link over it": whole(sure, entry(b"evil", bad), header(name, kind=b"1", link=b"evil")),
        "through a directory that is a link": whole(sure, header(b"d", kind=b"2", link=b"."), entry(b"d/" + name, bad)),
        "through a link to such a link": whole(
            sure, header(b"d", kind=b"2", link=b"."), header(b"h", kind=b"1", link=b"d"), entry(b"h/" + name, bad)),
        "through a link deeper": whole(
            sure, header(b"a/", kind=b"5"), header(b"a/b", kind=b"2", link=b".."), entry(b"a/b/" + name, bad)),
        "a directory": whole(sure, header(name + b"/", kind=b"5")),
        "a file with a slash at its end": whole(sure, entry(name + b"/", bad)),
        "below itself": whole(sure, entry(name + b"/x", bad)),
        "a device": whole(sure, header(name, kind=b"3")),
        "a pipe": whole(sure, header(name, kind=b"6")),
        "a contiguous file": whole(sure, entry(name, bad, kind=b"7")),
        "a sparse file of GNU": whole(sure, entry(name, bad, kind=b"S", magic=GNU)),
        "an unknown kind": whole(sure, entry(name, bad, kind=b"Z")),
        "a sparse file of pax": whole(
            sure, pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", name)),
            entry(b"x", bad)),
        "a pax path": whole(sure, pax((b"path", name)), entry(b"x", bad)),
        "two pax paths": whole(sure, pax((b"path", b"x"), (b"path", name)), entry(b"x", bad)),
        "two pax headers": whole(pax((b"path", name)), pax((b"path", b"x")), entry(b"x", bad), sure),
        "an empty pax path": whole(sure, pax((b"path", b"")), entry(name, bad)),
        "a pax path with a NUL": whole(sure, pax((b"path", name + b"\0x")), entry(b"x", bad)),
        "a global pax path": whole(sure, pax((b"path", name), kind=b"g"), entry(b"x", bad)),
        "a pax charset": whole(sure, pax((b"hdrcharset", b"BINARY"), (b"path", name)), entry(b"x", bad)),
        "a pax size": whole(
            pax((b"size", b"0")), entry(b"x", entry(name, bad)), sure),
        "a pax size of another entry": whole(
            sure, pax((b"size", b"%d" % (2 * BLOCK))), header(b"x", BLOCK), bytes(BLOCK), evil),
        "a pax record with a wrong length": whole(
            sure, entry(b"p", b"9 path=" + name + b"\n", kind=b"x"), entry(b"x", bad)),
        "a pax record with zeros before its length": whole(
            sure, entry(b"p", b"0" + record(b"path", name), kind=b"x"), entry(b"x", bad)),
        "a long name": whole(sure, long_name(name), entry(b"x", bad)),
        "a long name with a NUL": whole(sure, long_name(name + b"\0x"), entry(b"x", bad)),
        "two long names": whole(long_name(name), long_name(b"x"), entry(b"y", bad), sure),
        "a long name and a pax path": whole(pax((b"path", b"x")), long_name(name), entry(b"y", bad), sure),
        "a pax path and a long name": whole(long_name(name), pax((b"path", b"x")), entry(b"y", bad), sure),
        "a directory in the old place": whole(sure, entry(name, bad, prefix=b".")),
        "a directory in the times of GNU": whole(sure, entry(name, bad, magic=GNU, prefix=b"./.")),
        "the format star": whole(sure, entry(name, bad, rest=b"\0\0\0\0\0\0\0\0tar\0")),
        "an old format": whole(sure, entry(name, bad, magic=bytes(8))),
        "data behind a link": whole(header(b"l", len(evil), kind=b"2", link=b"x"), evil, sure),
        "data behind a directory": whole(header(b"d/", len(evil), kind=b"5"), evil, sure),
        "a negative size": whole(sure, header(b"x", size_field=b"\xff" * 12), evil),
        "a size that is no number": whole(sure, header(b"x", size_field=b"0000000z000\0"), evil),
        "a size behind a NUL": whole(sure, header(b"x", size_field=b"\x0000000001000"), evil),
        "behind a block of zeros": sure + bytes(BLOCK) + evil + END,
        "behind the end": whole(sure) + whole(evil),
        "a byte behind the end": whole(sure) + b"\0" * BLOCK + b"x",
        "a wrong checksum": whole(sure, evil[:148] + b"0000000\0" + evil[156:]),
        "cut in the middle": whole(sure, evil)[:BLOCK * 3 + 10],
        "two gzip members": gzip.compress(sure) + gzip.compress(whole(evil)),
        "two gzip members, each whole": gzip.compress(whole(sure)) + gzip.compress(whole(evil)),
        "bytes behind gzip": gzip.compress(whole(sure)) + b"x",
        "two bzip2 streams": bz2.compress(sure) + bz2.compress(whole(evil)),
        "two xz streams": lzma.compress(sure) + lzma.compress(whole(evil)),
        "zeros behind xz": lzma.compress(whole(sure)) + bytes(4),
        "a gzip stream that is cut": gzip.compress(whole(sure, evil))[:-9],
        "compressed twice": gzip.compress(gzip.compress(whole(evil))),
    }
