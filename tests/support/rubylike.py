"""A worker as the Ruby gems make them, in a thread: its values lie in its own memory and are written into the
segment that it was given last, and into every new one before it answers. It never asks for another by itself."""
import mmap
import os
import struct
import threading

from bus import ERROR, EXCEPTION, INVOKE, RETURN, Ext, Sym, Worker, proxy


class RubyLike(Worker):
    def __init__(self, path, name="ruby", patience=60):
        super().__init__(path, [["requests_total", "u64", 0], ["requests_active", "u32", 8]], patience)
        self.lock = threading.Lock()
        self.values = {"requests_total": 0, "requests_active": 0}
        self.fd, self.setups, self.failures = -1, 0, 0
        self.register(name)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        while True:
            try:
                message = self.receive()
            except OSError:
                return
            if message is None:
                return
            if message.code == INVOKE:
                self.serve(self, message)

    def serve(self, peer, message):
        number, _, _, method, path, size, offset = message.values[:7]
        assert method == "setup_utilization_observer", message
        with self.lock:
            try:
                fd = os.open(path, os.O_RDWR)
            except OSError as error:
                self.failures += 1
                self.send(Ext(ERROR, number, Ext(EXCEPTION, "IOError", str(error), None)))
                return
            if self.fd >= 0:
                os.close(self.fd)
            self.fd, self.setups = fd, self.setups + 1
            self.offers.append((path, size, offset))
            self._write()
            self.send(Ext(RETURN, number, [[Sym(k), Sym(t), o] for k, t, o in self.schema]))

    def _write(self):
        """Into the very file that was opened, wherever its name leads by now; into a file that was cut short
        nothing is written (Ruby would die of it)."""
        if not self.offers:
            return
        _, size, offset = self.offers[-1]
        page = offset // mmap.PAGESIZE * mmap.PAGESIZE
        if os.fstat(self.fd).st_size < offset + size:
            return
        with mmap.mmap(self.fd, offset + size - page, offset=page) as area:
            struct.pack_into("<QI", area, offset - page, self.values["requests_total"], self.values["requests_active"])

    def add(self, count=1):
        with self.lock:
            self.values["requests_total"] += count
            self._write()

    def total(self):
        with self.lock:
            return self.values["requests_total"]

    def close(self):
        import socket
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join(60)
        super().close()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
