"""A scripted peer of the bus for tests: msgpack as Ruby writes it, and nothing hidden.

Written apart from src/bus on purpose, so that the two check each other. See docs/PROTOCOL.md.
"""
import mmap
import os
import socket
import struct
import time

INVOKE, RETURN, YIELD, ERROR, NEXT, THROW, CLOSE = range(7)
PROXY, RELEASE, SYMBOL, EXCEPTION, CLASS, CONTROLLER = 0x10, 0x11, 0x20, 0x21, 0x22, 0x30
RECURSIVE = {INVOKE, RETURN, YIELD, ERROR, NEXT, THROW, CLOSE, PROXY, RELEASE, EXCEPTION, CONTROLLER}


class Sym(str):
    def __repr__(self):
        return ":" + str(self)


class Ext:
    def __init__(self, code, *values):
        self.code, self.values = code, values

    def __repr__(self):
        return f"Ext({self.code:#x}, {self.values})"

    def __eq__(self, other):
        return isinstance(other, Ext) and (self.code, self.values) == (other.code, other.values)


def proxy(name):
    return Ext(PROXY, name)


def ext(code, payload):
    n = len(payload)
    if n in (1, 2, 4, 8, 16):
        head = bytes([0xd4 + (1, 2, 4, 8, 16).index(n)])
    elif n < 256:
        head = b"\xc7" + bytes([n])
    elif n < 65536:
        head = b"\xc8" + struct.pack(">H", n)
    else:
        head = b"\xc9" + struct.pack(">I", n)
    return head + bytes([code]) + payload


def pack_int(v):
    if 0 <= v < 128 or -32 <= v < 0:
        return struct.pack("b", v)
    for code, form, low, high in ((0xcc, "B", 0, 2**8), (0xcd, ">H", 0, 2**16), (0xce, ">I", 0, 2**32),
                                  (0xcf, ">Q", 0, 2**64), (0xd0, "b", -2**7, 0), (0xd1, ">h", -2**15, 0),
                                  (0xd2, ">i", -2**31, 0), (0xd3, ">q", -2**63, 0)):
        if low <= v < high:
            return bytes([code]) + struct.pack(form, v)
    raise OverflowError(v)


def sized(n, fix, fix_limit, codes):
    if n < fix_limit:
        return bytes([fix | n])
    for code, form, limit in zip(codes, (">B", ">H", ">I"), (2**8, 2**16, 2**32)):
        if code is not None and n < limit:
            return bytes([code]) + struct.pack(form, n)
    raise OverflowError(n)


def pack(v):
    if v is None:
        return b"\xc0"
    if isinstance(v, bool):
        return b"\xc3" if v else b"\xc2"
    if isinstance(v, int):
        return pack_int(v)
    if isinstance(v, float):
        return b"\xcb" + struct.pack(">d", v)
    if isinstance(v, Sym):
        return ext(SYMBOL, v.encode(errors="surrogateescape"))
    if isinstance(v, str):
        raw = v.encode(errors="surrogateescape")  # "\udcff" stands for the byte ff
        return sized(len(raw), 0xa0, 32, (0xd9, 0xda, 0xdb)) + raw
    if isinstance(v, bytes):
        return sized(len(v), 0, 0, (0xc4, 0xc5, 0xc6)) + v
    if isinstance(v, (list, tuple)):
        return sized(len(v), 0x90, 16, (None, 0xdc, 0xdd)) + b"".join(map(pack, v))
    if isinstance(v, dict):
        items = b"".join(pack(k) + pack(x) for k, x in v.items())
        return sized(len(v), 0x80, 16, (None, 0xde, 0xdf)) + items
    if isinstance(v, Ext):
        return ext(v.code, b"".join(map(pack, v.values)))
    raise TypeError(type(v))


class Short(Exception):
    """More bytes are needed."""


def take(data, at, n):
    if at + n > len(data):
        raise Short
    return data[at:at + n], at + n


def number(data, at, form):
    raw, at = take(data, at, struct.calcsize(form))
    return struct.unpack(form, raw)[0], at


def unpack(data, at=0):
    """One value -> (value, offset behind it)."""
    code, at = number(data, at, "B")
    if code < 0x80:
        return code, at
    if code >= 0xe0:
        return code - 256, at
    if code in (0xc0, 0xc2, 0xc3):
        return {0xc0: None, 0xc2: False, 0xc3: True}[code], at
    forms = {0xcc: ">B", 0xcd: ">H", 0xce: ">I", 0xcf: ">Q", 0xd0: ">b", 0xd1: ">h", 0xd2: ">i", 0xd3: ">q",
             0xca: ">f", 0xcb: ">d"}
    if code in forms:
        return number(data, at, forms[code])
    if code & 0xe0 == 0xa0 or code in (0xd9, 0xda, 0xdb, 0xc4, 0xc5, 0xc6):
        n = code & 0x1f
        if code & 0xe0 != 0xa0:
            n, at = number(data, at, {0xd9: ">B", 0xc4: ">B", 0xda: ">H", 0xc5: ">H"}.get(code, ">I"))
        raw, at = take(data, at, n)
        return (raw if code in (0xc4, 0xc5, 0xc6) else raw.decode()), at
    if code & 0xf0 in (0x80, 0x90) or code in (0xdc, 0xdd, 0xde, 0xdf):
        n = code & 0x0f
        if code >= 0xdc:
            n, at = number(data, at, ">H" if code in (0xdc, 0xde) else ">I")
        is_map = code & 0xf0 == 0x80 or code in (0xde, 0xdf)
        values = []
        for _ in range(2 * n if is_map else n):
            value, at = unpack(data, at)
            values.append(value)
        return (dict(zip(values[::2], values[1::2])) if is_map else values), at
    if 0xd4 <= code <= 0xd8:
        n = 1 << (code - 0xd4)
    elif code in (0xc7, 0xc8, 0xc9):
        n, at = number(data, at, {0xc7: ">B", 0xc8: ">H", 0xc9: ">I"}[code])
    else:
        raise ValueError(f"byte {code:#x}")
    kind, at = number(data, at, "B")
    payload, at = take(data, at, n)
    if kind == SYMBOL:
        return Sym(payload.decode(errors="surrogateescape")), at
    if kind not in RECURSIVE:
        return Ext(kind, payload), at
    values, inner = [], 0
    while inner < len(payload):
        value, inner = unpack(payload, inner)
        values.append(value)
    return Ext(kind, *values), at


def invoke(number_, obj, method, *args, block=False, **options):
    options = [x for k, v in options.items() for x in (Sym(k), v)]
    return Ext(INVOKE, number_, obj, len(args) + 1, Sym(method), *args, len(options) // 2, *options, block)


class Failure(Exception):
    """The other side answered with an Error: (class, message)."""

    def __init__(self, exception):
        super().__init__(*exception.values[:2])
        self.kind, self.text = exception.values[:2]


class Peer:
    """One connection. Reads are bounded by `patience` seconds."""

    def __init__(self, path, patience=60):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(patience)
        deadline = time.monotonic() + patience
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError as error:
                if not isinstance(error, BlockingIOError) or time.monotonic() > deadline:
                    self.socket.close()
                    raise
                time.sleep(0.002)  # the backlog is full
        self.data, self.next_id = b"", 1

    def send(self, *messages):
        self.socket.sendall(b"".join(m if isinstance(m, bytes) else pack(m) for m in messages))

    def receive(self):
        """The next message; None at the end of input."""
        while True:
            try:
                value, used = unpack(self.data)
                self.data = self.data[used:]
                return value
            except Short:
                pass
            try:
                more = self.socket.recv(1 << 20)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self.data += more

    def start(self, method, *args, obj=Sym("supervisor"), **options):
        number_ = self.next_id
        self.next_id += 2
        self.send(invoke(number_, obj, method, *args, **options))
        return number_

    def finish(self, number_, serve=None):
        """Waits for the answer of a call; `serve` answers what the other side asks in between."""
        while True:
            message = self.receive()
            if message is None:
                raise EOFError("the connection ended")
            if message.code == INVOKE and serve is not None:
                serve(self, message)
                continue
            assert message.values[0] == number_, message
            if message.code == ERROR:
                raise Failure(message.values[1])
            assert message.code == RETURN, message
            return message.values[1]

    def call(self, method, *args, serve=None, **options):
        return self.finish(self.start(method, *args, **options), serve)

    def is_closed(self):
        """Waits for the end of input; whatever comes before it is dropped."""
        while True:
            message = self.receive()
            if message is None:
                return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Worker(Peer):
    """A worker that answers its setup with a schema, and writes values where it was told to."""

    def __init__(self, path, schema=None, patience=60):
        super().__init__(path, patience)
        self.schema = schema if schema is not None else [["requests_total", "u64", 0], ["requests_active", "u32", 8]]
        self.offers, self.recorders, self.id = [], [], None

    def serve(self, peer, message):
        number_, obj, _, method, path, size, offset = message.values[:7]
        assert obj == Sym("worker"), message
        assert number_ % 2 == 0, "parity of the accepting side"
        if method == "setup_recorder":
            self.recorders.append((path, size, offset))
            self.send(Ext(RETURN, number_, True))
            return
        assert method == "setup_utilization_observer", message
        self.offers.append((path, size, offset))
        self.send(Ext(RETURN, number_, [[Sym(k), Sym(t), *rest] for k, t, *rest in self.schema]))

    def register(self, name=None, pid=None, **state):
        if name is not None:
            state["name"] = name
        self.id = self.call("register", proxy(Sym("worker")), process_id=pid or os.getpid(),
                            state={Sym(k): v for k, v in state.items()}, serve=self.serve)
        return self.id

    def write(self, **values):
        """Stores values into the segment that was offered last."""
        path, size, offset = self.offers[-1]
        forms = {"u64": "<Q", "s64": "<q", "f64": "<d", "u32": "<I", "U64": ">Q", "f32": "<f", "s32": "<i"}
        fd = os.open(path, os.O_RDWR)
        page = offset // mmap.PAGESIZE * mmap.PAGESIZE
        with mmap.mmap(fd, offset + size - page, offset=page) as area:
            for key, kind, at, *_ in self.schema:
                if key in values:
                    struct.pack_into(forms[kind], area, offset - page + at, values[key])
        os.close(fd)
