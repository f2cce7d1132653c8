#!/usr/bin/env python3
"""Writes the first inputs of the fuzz targets: seeds.py FOLDER makes FOLDER/<target>/<name>.

The same files every time. The corpora in tests/fuzz/corpus hold these and what the fuzzer found from them.
"""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from bus import (CLASS, CLOSE, ERROR, EXCEPTION, INVOKE, RELEASE, RETURN, Ext, Sym, ext, invoke, pack, proxy)  # noqa: E402

TYPES = "U8 S8 u16 U16 s16 S16 u32 U32 s32 S32 u64 U64 s64 S64 f32 F32 f64 F64".split()
SIZES = [1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 4, 4, 8, 8]
EVIL = {
    "escape": "\x1b[31mred\x1b[0m", "bell_and_backspace": "a\x07\b\b", "newline": "two\nlines\r\n", "c1": "\x9b2J\x85",
    "right_to_left": "a\u202egnp.exe", "isolate": "\u2066a\u2069", "zero_width": "a\u200b\u200d\ufeffb",
    "combining": "e" + "\u0301" * 40, "wide": "\u6f22\u5b57" * 20, "separator": "a\u2028b\u2029c", "tag": "\U000e0041",
    "long": "x" * 250,
}
REAL_NAMES = ["connections_total", "connections_active", "requests_active", "requests_total", "queue_size", "queue_limit",
              "threads_max", "workers_busy", "jobs_failed_total", "temperature"]


def words(values, form="<Q"):
    return b"".join(struct.pack(form, v) for v in values)


def tuple_bytes(key, kind=10, offset=0, hints=b"", type_text=None):
    key = key.encode("utf-8", "surrogateescape")[:255]
    kind_bytes = bytes([kind]) if type_text is None else bytes([0x80 + len(type_text)]) + type_text
    place = bytes([offset]) if 0 <= offset < 128 else b"\xff" + struct.pack("<q", offset)
    hints = hints[:255]
    return bytes([len(key)]) + key + kind_bytes + place + bytes([len(hints)]) + hints


HINTS = {
    "kind": {Sym("kind"): Sym("counter")}, "unit": {Sym("unit"): "bytes"}, "role": {Sym("role"): Sym("busy")},
    "aggregate": {Sym("aggregate"): Sym("max")}, "texts": {"kind": "gauge", "role": "capacity"},
    "group": {Sym("group"): 24}, "groups": {Sym("group"): [24, 8]}, "no_map": [1, 2, 3], "nothing": {}, "nil": None,
    "deep": {Sym("kind"): [[[{Sym("kind"): 1}]]]}, "evil": {Sym("unit"): EVIL["escape"], "\u202e": Sym("\x1b")},
}


def schema_seeds():
    size = 64 << 1  # segments of 512 bytes
    yield "empty", bytes([size])
    yield "origin", bytes([size]) + b"".join(tuple_bytes(n, k, o) for n, k, o in (
        ("connections_active", 6, 0), ("connections_total", 10, 4), ("requests_active", 6, 12), ("requests_total", 10, 16)))
    yield "every_type", bytes([size]) + b"".join(tuple_bytes(f"f{i}", i, 8 * i) for i in range(18 - 2))
    yield "roles", bytes([size]) + b"".join(tuple_bytes(n, 10, 8 * i) for i, n in enumerate(REAL_NAMES))
    yield "twice", bytes([size]) + tuple_bytes("a") * 3
    yield "outside", bytes([8 << 1]) + b"".join(tuple_bytes("a%d" % i, 10, o) for i, o in enumerate(
        (56, 57, 63, 64, -1, 2**63 - 1, -2**63, 2**32)))
    yield "many", bytes([size]) + b"".join(tuple_bytes("f%d" % i, 0, i % 128) for i in range(300))
    yield "types", bytes([size]) + b"".join(tuple_bytes("t%d" % i, type_text=t) for i, t in enumerate(
        (b"", b"i32", b"I64", b"u128", b"bool", b"\x1b[m", b"u64 ", b"i8")))
    for name, text in EVIL.items():
        yield "name_" + name, bytes([size]) + tuple_bytes(text) + tuple_bytes(text, offset=8)
    yield "name_broken", bytes([size]) + tuple_bytes("a\udcff\udc80\udced\udca0\udc80z")
    for name, hints in HINTS.items():
        yield "hints_" + name, bytes([size]) + tuple_bytes("load", 16, 8, pack(hints))
        yield "answer_hints_" + name, bytes([size | 1]) + pack([[Sym("load"), Sym("f64"), 8, hints]])
    together = [tuple_bytes("a_%d" % i, 10, 8 * i, pack({Sym("group"): 120 - 8 * (i % 3)})) for i in range(9)]
    yield "groups", bytes([size]) + b"".join(together)
    yield "groups_outside", bytes([2 << 1]) + tuple_bytes("a", 10, 0, pack({Sym("group"): 8})) + tuple_bytes("b", 0, 0, pack({Sym("group"): 16}))
    yield "groups_odd", bytes([size]) + b"".join(tuple_bytes("a%d" % i, 10, 0, pack({"group": g})) for i, g in enumerate((4, -8, 2**64 - 8, 2**32 + 8, "x", 0, 504, 512)))
    yield "groups_overlap", bytes([size]) + tuple_bytes("a", 10, 4, pack({Sym("group"): 8})) + tuple_bytes("b", 10, 24, pack({Sym("group"): 64})) + tuple_bytes("c", 0, 71)
    yield "groups_many", bytes([size]) + b"".join(tuple_bytes("a%d" % i, 0, i, pack({Sym("group"): 64 + 8 * i})) for i in range(20))
    answers = {
        "origin": [[Sym("connections_active"), Sym("u32"), 0], [Sym("connections_total"), Sym("u64"), 4]],
        "empty": [], "nil": None, "map": {}, "number": 7, "no_tuples": [1, None, "x", {}, [], [1], [1, 2]],
        "wrong": [["a", "u64", None], ["b", 7, 0], [7, "u64", 0], ["c", "u64", 2.5], ["d", "u64", 2**64 - 1]],
        "texts": [["a", "u64", 0], ["b", "S16", 8], ["c", "i32", 12]],
        "evil": [[Sym(text), Sym(text), 0] for text in EVIL.values()], "more": [["a", "u64", 0, {}, 5, 6]],
        "many": [["f%d" % i, "U8", i] for i in range(257)],
    }
    for name, value in answers.items():
        yield "answer_" + name, bytes([size | 1]) + pack(value)


def codec_seeds():
    patterns = (0, 1, 0x7f, 0x80, 2**64 - 1, 2**63, 2**31, 0x7ff0000000000000, 0x7ff8000000000001, 0x3ff8000000000000,
                0x7f800001, 0x47efffffe0000000, 0x0123456789abcdef)
    for kind in range(18):
        body = b"".join(bytes([kind, at]) + struct.pack("<Q", p) for p in patterns for at in (0, 1, 4, 5, 7, 56))
        yield TYPES[kind] + ("_big" if TYPES[kind][0].isupper() and SIZES[kind] > 1 else ""), b"\x07" + body[:400]
    yield "smallest", b"\x00" + bytes([0, 7]) + words([255]) + bytes([10, 0]) + words([2**64 - 1])


def options_seeds():
    lines = {
        "nothing": "", "serve": "serve\n--socket\n/run/x.ipc\n--interval=0.5\n--size\n64K\n--segment-size=1K\n--growth-factor=1.5",
        "limits": "serve\n--max-size=1G\n--mode=0660\n--group=staff\n--full", "demo": "demo\n--workers=5\n--services=2\n--seed\n7\n--load\n3",
        "demo_long": "demo\n--duration=10\n--report\nx\n--no-kill\n--processes=3\n--log=/tmp/l\n--log-level=debug",
        "snapshot": "snapshot\n--socket=x\n--full", "once": "--once\n--theme\ndark\n--no-color\n--ascii", "frames": "--frames=3\n--utf8\n--no-mouse",
        "both": "--once\n--frames\n2", "help": "serve\n-h", "version": "-V", "dashes": "--\nserve", "unknown": "--intervall=1", "command": "srve",
        "missing": "serve\n--size", "letter": "-x", "dash": "-", "wrong_values": "serve\n--size=5X", "negative": "serve\n--interval=-1",
        "huge": "serve\n--size=99999999999999999999999999999999999999G", "dots": "serve\n--interval=1.2.3", "empty_value": "serve\n--socket=",
        "flag_value": "--once=1", "of_another": "snapshot\n--workers=3", "escape": "serve\n--size=\x1b[31m\x9b\u202e",
        "long": "--" + "x" * 4000, "long_value": "serve\n--interval=" + "9" * 300, "growth": "serve\n--growth-factor=1.0000000000000000001",
    }
    for name, text in lines.items():
        yield name, text.encode()


def theme_seeds():
    whole = ('{"name":"n","palette":{"ink":"#c8d0e0","night":17},"styles":{"text":{"fg":"ink","bg":"night"},'
             '"crit":{"fg":"#ff5c6c","bold":true,"dim":false,"italic":true,"underline":true,"reverse":true},"track":{"bg":"default"}},'
             '"gradients":{"load":{"0":"#2dd4bf","0.8":"#a78bfa","1":"#f472b6"},"queue":{"0":"1","1":255},"rate":{"0.5":"default"}}}')
    yield "whole", whole.encode()
    parts = {
        "empty": "{}", "list": "[]", "unknown_key": '{"x":1}', "unknown_style": '{"styles":{"x":{}}}', "style_list": '{"styles":{"text":[]}}',
        "no_colour": '{"styles":{"text":{"fg":"#12345"}}}', "number": '{"styles":{"text":{"fg":256,"bg":-1}}}', "fraction": '{"styles":{"text":{"fg":1.5}}}',
        "attribute": '{"styles":{"text":{"blink":true}}}', "attribute_text": '{"styles":{"text":{"bold":"yes"}}}', "stops": '{"gradients":{"load":{"1":"1","0":"2"}}}',
        "no_stops": '{"gradients":{"load":{}}}', "stop_name": '{"gradients":{"load":{"x":"1"}}}', "palette_name": '{"palette":{"a":"b","b":"1"}}',
        "many_stops": '{"gradients":{"load":{%s}}}' % ",".join(f'"{i / 40}":{i}' for i in range(20)), "name_number": '{"name":5}',
        "evil_name": '{"name":"%s"}' % "\\u001b[31m\\u202e\\u200b".ljust(200, "x"), "evil_colour": '{"styles":{"text":{"fg":"\\u001b]0;x\\u0007"}}}',
        "evil_key": '{"styles":{"\\u001b[2J":{}}}', "palette_list": '{"palette":[1]}', "twice": '{"styles":{},"styles":{"text":{}}}', "tiny": '{"gradients":{"load":{"1e-300":1}}}',
    }
    for name, text in parts.items():
        yield name, text.encode()


def json_seeds():
    parts = {
        "null": "null", "true": "true", "false": " false ", "zero": "0", "minus_zero": "-0", "u64": "18446744073709551615", "more": "340282366920938463463374607431768211455",
        "real": "[0.1,1e5,1E-5,1.5e+300,5e-324,-2.5]", "large": "1e400", "zeros": "[00,01]", "dot": "[1.,.5]", "plus": "+1", "hex": "0x10", "nan": "[NaN,Infinity]",
        "texts": '["","a\\"\\\\\\/\\b\\f\\n\\r\\t","\\u00e9\\u20ac","\\ud83d\\ude00","\u6f22\U0001f600"]', "half_pair": '"\\ud800"', "low_pair": '"\\udc00\\ud800"', "nul": '"\\u0000"',
        "object": '{"a":1,"b":{"c":[1,2,{"d":null}]},"":0}', "twice": '{"a":1,"a":2}', "comma": "[1,]", "no_comma": "[1 2]", "open": '{"a":[1,{"b":', "lines": '{\n"a":\n[1,\r\n2\t]\n}\n',
        "deep": "[" * 63 + "]" * 63, "too_deep": "[" * 65 + "]" * 65, "very_deep": "[" * 2000, "behind": "1 2", "bom": "\ufeff1", "control": '"a\x01b"', "vertical_tab": "[1,\x0b2]",
        "evil_key": '{"\\u001b[2J":{"\\u202e":[1]}}', "long_number": "1" * 200, "long_fraction": "0." + "1" * 200, "upper": "TRUE", "quote": '"', "backslash": '"\\',
    }
    for name, text in parts.items():
        yield name, text.encode()
    yield "broken_utf8", b'["\xff\xc3","\xed\xa0\x80"]'
    yield "nul_byte", b"[1\x00]"


(REGISTER, ANSWER, ANSWER_NOTHING, FAIL, RECORDER, WRITE, WRITE_REGION, TICK, LOOK, REMOVE, OFFER, GROW, TROUBLE,
 PROCESS_ENDED) = range(14)  # fuzz_store.c, enum command


def joins(name, who=0, instance=0, threads=2):
    name = name.encode()[:255]
    return bytes([REGISTER, who, instance, threads, len(name)]) + name


def answers(worker, *tuples):
    return bytes([ANSWER, worker, len(tuples)]) + b"".join(tuples)


def writes(file, offset, data):
    return bytes([WRITE, file]) + struct.pack("<H", offset) + bytes([len(data)]) + data


def says(command, worker, text):
    text = text.encode()[:255]
    return bytes([command, worker, len(text)]) + text


def ticks(tenths=10):
    return bytes([TICK, tenths])


def region(index, threads=2, wide=False, goodbye=False, beat=0, active=1, area=0):
    shape = threads | goodbye << 2 | wide << 3
    return bytes([WRITE_REGION, index, shape]) + struct.pack("<II", beat, beat) + struct.pack("<BQBQ", active, area, 0, 5)


def store_seeds():
    web = [tuple_bytes(n, 10, 8 * i) for i, n in enumerate(REAL_NAMES)]
    small = web[:2]
    yield "nothing", b""
    yield "one", b"\0" + joins("web") + answers(1, *web) + ticks() + writes(0, 0, words(range(10))) + ticks() + writes(0, 0, words(range(5, 15))) + ticks()
    yield "two_services", b"\0" + b"".join(joins(n) + answers(i + 1, *web) for i, n in enumerate(["web", "web", "jobs"])) + ticks() + \
        writes(0, 0, b"\xff" * 80) + writes(0, 512, words([1] * 10)) + ticks() + bytes([REMOVE, 1]) + ticks()
    yield "recorder", b"\0" + joins("web", instance=7) + answers(1, *web) + bytes([RECORDER, 1, 1]) + region(0) + ticks() + region(0, area=10**9) + ticks() + ticks(50)
    yield "recorder_wide", b"\0" + joins("web", instance=7, threads=200) + answers(1, *small) + bytes([RECORDER, 1, 1]) + region(0, wide=True) + ticks() + ticks()
    yield "recorder_goodbye", b"\0" + joins("web", instance=7) + answers(1, *small) + bytes([RECORDER, 1, 1]) + region(0, goodbye=True) + ticks() + bytes([REMOVE, 1]) + ticks()
    yield "recorder_refused", b"\0" + joins("web", instance=7) + answers(1, *small) + bytes([RECORDER, 1, 0]) + ticks() + bytes([OFFER, 1, RECORDER, 1, 1]) + ticks()
    yield "recorder_broken", b"\0" + joins("web", instance=7) + answers(1, *small) + bytes([RECORDER, 1, 1]) + writes(1, 0, b"\xff" * 200) + ticks() + writes(1, 0, words([1 | 1 << 36])) + ticks()
    yield "stale", b"\0" + joins("web", instance=7) + answers(1, *web) + bytes([RECORDER, 1, 1]) + region(0) + ticks(1) + ticks(200) + region(0, threads=1) + ticks()
    yield "dead_process", b"\0" + joins("web", who=1) + answers(1, *small) + ticks() + bytes([REMOVE, 1, PROCESS_ENDED, 9, 0]) + ticks() + ticks()
    yield "comes_back", b"\0" + joins("web", instance=7) + answers(1, *small) + ticks() + bytes([REMOVE, 1]) + joins("web", instance=7) + answers(2, *small) + ticks()
    yield "comes_back_keyless", b"\0" + joins("web") + answers(1, *small) + ticks() + bytes([REMOVE, 1]) + joins("web") + answers(2, *small) + ticks()
    yield "many", b"\0" + b"".join(joins("s%d" % i) for i in range(12)) + ticks() + bytes([GROW, 1, OFFER, 0]) + ticks()
    yield "small_segments", b"\2" + joins("web") + answers(1, tuple_bytes("a", 10, 0), tuple_bytes("b", 10, 1), tuple_bytes("c", 0, 7)) + writes(0, 0, b"\x80" * 8) + ticks()
    yield "no_recorders", b"\4" + joins("web", instance=7) + answers(1, *small) + bytes([RECORDER, 1, 1]) + ticks()
    group = [tuple_bytes(n, 10, 8 * i, pack({Sym("group"): 24})) for i, n in enumerate(REAL_NAMES[:3])]
    yield "group", b"\0" + joins("web") + answers(1, *group) + writes(0, 0, words([1, 2, 3, 2])) + ticks() + writes(0, 24, words([3])) + ticks() + writes(0, 0, words([4, 5, 6, 4])) + ticks()
    yield "silent", b"\0" + joins("web") + bytes([ANSWER_NOTHING, 1]) + joins("jobs") + says(FAIL, 2, "no") + ticks() + bytes([OFFER, 2]) + ticks()
    yield "floats", b"\0" + joins("web") + answers(1, *[tuple_bytes("f%d" % i, 14 + i % 4, 8 * i) for i in range(8)]) + \
        writes(0, 0, struct.pack("<8d", float("nan"), float("inf"), -float("inf"), 1e308, 5e-324, -0.0, 1e300, 2.5)) + ticks() + ticks()
    yield "types", b"\0" + joins("web") + answers(1, *[tuple_bytes(n + "_total", k, 9 * k % 100) for k, n in enumerate("abcdefghijk")]) + writes(0, 0, bytes(range(1, 120))) + ticks() + writes(0, 0, b"\xff" * 120) + ticks()
    yield "sums", b"\0" + b"".join(joins("web") + answers(i, web[1]) + writes(0, 512 * (i - 1), b"\xff" * 16) for i in (1, 2, 3)) + ticks() + ticks()
    yield "wrapped", b"\0" + joins("web") + answers(1, *web) + writes(0, 0, words([2**64 - 1] * 10)) + ticks() + writes(0, 0, words([0] * 10)) + ticks()
    yield "look", b"\0" + joins("web") + answers(1, *web) + bytes([LOOK]) + ticks() + writes(0, 0, words(range(10))) + bytes([LOOK])
    yield "trouble", b"\0" + says(TROUBLE, 0, "the socket is gone") + ticks() + says(TROUBLE, 0, "") + ticks()
    yield "no_name", b"\0" + joins("", who=8) + answers(1, *small) + joins("") + answers(2, *small) + ticks()
    yield "hidden_pid", b"\0" + joins("web", who=2) + answers(1, *small) + ticks() + bytes([REMOVE, 1]) + ticks() + bytes([REGISTER, 6, 0, 0]) + b"\xff" * 8 + b"\3web" + ticks()
    yield "again", b"\0" + joins("web") + answers(1, *small) + answers(1, *web) + bytes([ANSWER_NOTHING, 1]) + says(FAIL, 1, "x") + ticks()
    for name, text in EVIL.items():
        yield "evil_" + name, b"\0" + joins(text) + answers(1, tuple_bytes(text), tuple_bytes("a" + text, 10, 8, pack({Sym("unit"): text}))) + ticks() + \
            joins("x") + says(FAIL, 2, text) + says(TROUBLE, 0, text) + ticks() + bytes([REMOVE, 1]) + ticks()


SEND, JOIN, RETURNS, RAISES, HALF, SHUT, EXPIRE, LOOK_AT_ALL, CALL = range(9)  # fuzz_server.c, enum command


def guest(command, number=0, *arguments):
    return bytes([command + 9 * number]) + b"".join(arguments)


def sized_bytes(data):
    data = data.encode() if isinstance(data, str) else data
    return bytes([min(len(data), 255)]) + data[:255]


def sends(data, number=0):
    return guest(SEND, number, sized_bytes(data))


def server_seeds():
    schema = pack([[Sym("requests_total"), Sym("u64"), 0], [Sym("requests_active"), Sym("u32"), 8]])
    join, tick = guest(JOIN, 0, b"\1", sized_bytes("web")), guest(LOOK_AT_ALL)
    plain = guest(JOIN, 0, b"\2", sized_bytes("web"))
    answer = guest(RETURNS, 0, b"\2", sized_bytes(schema))
    supervisor = Sym("supervisor")
    yield "nothing", b""
    yield "registers", join + answer + tick + guest(RETURNS, 0, b"\4", sized_bytes(pack(True))) + tick + guest(SHUT) + tick
    yield "without_key", plain + answer + tick + guest(HALF) + tick
    yield "no_metrics", plain + guest(RETURNS, 0, b"\2", sized_bytes(pack([]))) + tick
    yield "raises", plain + guest(RAISES, 0, b"\2", sized_bytes("\x1b[31mno")) + tick
    yield "no_list", plain + guest(RETURNS, 0, b"\2", sized_bytes(pack(7))) + tick
    yield "late", join + guest(EXPIRE) + tick + answer + guest(RETURNS, 0, b"\4", sized_bytes(schema)) + tick
    yield "late_recorder", join + answer + guest(EXPIRE) + guest(RETURNS, 0, b"\4", sized_bytes(pack(True))) + guest(RETURNS, 0, b"\6", sized_bytes(pack(True))) + tick
    yield "closes_in_setup", join + guest(SHUT) + tick + guest(EXPIRE)
    yield "half_closes_in_setup", join + guest(HALF) + answer + guest(EXPIRE) + tick
    yield "twice", join + join + answer + join
    yield "four", b"".join(guest(JOIN, n, bytes([2 * n]), sized_bytes("s%d" % n)) + guest(RETURNS, n, b"\2", sized_bytes(schema)) for n in range(4)) + tick
    yield "no_room", b"".join(guest(JOIN, n % 4, b"\2", sized_bytes("s")) + guest(RAISES, n % 4, b"\2", sized_bytes("x")) + guest(SHUT, n % 4) for n in range(9)) + tick + join + tick
    for method in ("keys", "status", "snapshot", "register", "nil?", "zork", "respond_to?", "instance_eval", "public_send"):
        yield "call_" + method.strip("?"), tick + sends(pack(invoke(1, supervisor, method))) + sends(pack(invoke(3, supervisor, method, Sym("keys"))))
    yield "call_keywords", sends(pack(invoke(1, supervisor, "register", proxy(Sym("worker")), zork=1))) + sends(pack(invoke(3, supervisor, "register", None, process_id=None, state=[])))
    yield "register_odd", sends(pack(invoke(1, supervisor, "register", 7, process_id="x", state={Sym("name"): Sym("web"), Sym("threads"): -1, Sym("instance"): "x" * 16}))) + tick
    yield "register_supervisor", sends(pack(invoke(1, supervisor, "register", proxy(supervisor), process_id=-1))) + tick
    yield "register_number", sends(pack(invoke(1, supervisor, "register", proxy(7), process_id=2**63))) + sends(pack(Ext(RETURN, 2, [["a", "u64", 0]]))) + tick
    yield "many_calls", sends(pack(invoke(1, supervisor, "nil?")) * 7) + sends(pack(invoke(1, supervisor, "nil?"))[:-1]) + sends(b"\xc2")
    yield "call_bytes", guest(CALL, 0, b"\1", sized_bytes(pack(1) + pack(Sym("keys")) + pack(0) + pack(False)))
    yield "c1", join + sends(b"\xc1") + tick
    yield "huge", sends(b"\xdd\xff\xff\xff\xff") + sends(ext(INVOKE, pack(1) + pack(supervisor) + b"\xce\xff\xff\xff\xff"))
    yield "nested", sends(b"\xd4\x01\x01" * 80)
    yield "stray", sends(pack(Ext(RETURN, 2, None)) + pack(Ext(ERROR, 4, Ext(EXCEPTION, "RuntimeError", "x", None))) + pack(Ext(CLOSE, 2, 1)) + pack(Ext(RELEASE, supervisor)) + pack([1, {2: 3}])) + tick
    yield "exception_class", plain + sends(pack(Ext(ERROR, 2, Ext(EXCEPTION, "Zork::Blub", "x" * 100, ["a", "b"]))) + pack(Ext(RETURN, 2, ext(CLASS, b"\xa1X")))) + tick
    yield "hints", plain + guest(RETURNS, 0, b"\2", sized_bytes(pack([[Sym("a"), Sym("u64"), 0, HINTS["unit"]], [Sym("b"), Sym("u64"), 8, HINTS["group"]]]))) + tick
    for name, text in EVIL.items():
        field = pack([[Sym(text), Sym("u64"), 0, {Sym("unit"): text}], [text, text, 8]])
        yield "evil_" + name, guest(JOIN, 0, b"\2", sized_bytes(text)) + guest(RETURNS, 0, b"\2", sized_bytes(field)) + tick + guest(JOIN, 1, b"\2", sized_bytes("x")) + \
            guest(RAISES, 1, b"\2", sized_bytes(text)) + tick + sends(pack(invoke(9, supervisor, text)), 1)


FACTS, STORES, SEGMENTS, RECORDERS, SCHEMAS, SERVICES, RETIRED, RESIZES, EVENTS, BANK_0, BANK_1, PENDING, HISTORY, SECONDS = range(2, 16)  # directory_file.c
HEADER, TABLE = 0, 1
NAME = 256  # WT_DIRECTORY_NAME_BYTES


def patches(part, offset, data):
    return bytes([part]) + struct.pack("<H", offset) + bytes([len(data)]) + data


def entry(section, member, *values):
    """Words of a section's entry in the table: offset, bytes, record_bytes, count, used."""
    at = ("offset", "bytes", "record_bytes", "count", "used").index(member)
    return patches(TABLE, 64 * (section - 2) + 8 + 8 * at, words(values))


def directory_seeds():
    repair, far = b"\1", 2**60
    yield "as_it_is", b"\0"
    yield "repaired", repair
    yield "not_ready", b"\0" + patches(HEADER, 8, b"\0\0\0\0")
    yield "newer", b"\0" + patches(HEADER, 8, b"\2\0\0\0")
    yield "magic", b"\0" + patches(HEADER, 0, b"\x1b[31m")
    for name, offset, data in (("header_bytes", 12, b"\xff\xff\xff\xff"), ("section_bytes", 16, b"\x08\0\0\0"), ("section_count", 20, b"\xff\xff\0\0"),
                               ("file_bytes", 24, words([2**63])), ("short_file", 24, words([600])), ("snapshot", 120, words([1])), ("no_snapshot", 120, words([0])),
                               ("later_snapshot", 120, words([4])), ("odd_file", 24, words([24 * 1024 - 3]))):
        yield "header_" + name, b"\0" + patches(HEADER, offset, data)
    yield "raw", b"\2" + b"worktop?" + bytes(600)
    yield "raw_short", b"\2" + bytes(100)
    for section, name in enumerate("facts stores segments recorders schemas services retired resizes events bank_0 bank_1 pending history seconds".split(), 2):
        yield name + "_far", b"\0" + entry(section, "offset", far)
        yield name + "_long", b"\0" + entry(section, "bytes", 2**64 - 64)
        yield name + "_records", b"\0" + entry(section, "record_bytes", 8, far, far)
        yield name + "_used", b"\0" + entry(section, "used", far)
        yield name + "_garbage", repair + patches(section, 0, b"\xff" * 250)
        yield name + "_none", b"\0" + patches(TABLE, 64 * (section - 2), b"\x63")
    yield "schemas_step_out", b"\0" + entry(SCHEMAS, "record_bytes", 8, far, far) + patches(SCHEMAS, 0, words([0]))
    yield "schemas_long", b"\0" + patches(SCHEMAS, 0, words([2**64 - 8]))
    yield "facts_unended", b"\0" + patches(FACTS, 0, b"x" * 64) + entry(FACTS, "used", 64)
    yield "records_small", b"\0" + entry(EVENTS, "record_bytes", 8, 3)
    yield "records_none", b"\0" + entry(EVENTS, "record_bytes", 0, 3)
    yield "same_place", b"\0" + b"".join(entry(s, "offset", 1280) for s in range(2, 13))
    yield "bank_header", repair + patches(BANK_0, 16, words([64, 4000, 0, 128, 2**63, 0]))
    yield "bank_overlap", repair + patches(BANK_0, 16, words([0, 64, 0, 8, 56, 0]))
    yield "bank_empty", repair + patches(BANK_0, 24, words([0])) + patches(BANK_0, 48, words([0]))
    yield "history_unended", b"\0" + patches(HISTORY, 8, b"x" * 255) + patches(HISTORY, 200, b"x" * 250) + patches(HISTORY, 400, b"x" * 200)
    yield "history_being_written", b"\0" + patches(HISTORY, 0, b"\3")
    yield "seconds_elsewhere", b"\0" + patches(SECONDS, 8 * 2400, words([1700000000 - 1, 2**63, 2**64 - 1, 1700000000 * 2, 3, 2403]))
    yield "pending_key", b"\0" + patches(PENDING, 60, b"\xff" * 12)
    yield "being_written", b"\0" + patches(SERVICES, 0, b"\3") + patches(BANK_0, 0, words([0]))


def flat_seeds():
    for flags, name in ((0x18, "odd"), (0x19, "fleet")):
        yield name, bytes([flags])
        for part, what in enumerate(("workers", "tick")):
            yield f"{name}_{what}_version", bytes([flags]) + patches(part, 0, b"\x7f")
            yield f"{name}_{what}_counts", bytes([flags]) + patches(part, 4, b"\xff" * 12)
            yield f"{name}_{what}_late", bytes([flags]) + patches(part, 600, b"\xff" * 24) + patches(part, 900, b"\x1b[31m")
            yield f"{name}_{what}_zero", bytes([flags]) + patches(part, 96, bytes(200))
        for back in range(64, 2600, 96):  # what threads do and did is the last of a tick: its counts, times, kinds, texts
            for what, data in (("large", b"\xff" * 24), ("zero", bytes(24)), ("evil", b"\x1b[31m\xc2\x9b\xe2\x80\xae")):
                if (back // 96) % 3 == ("large", "zero", "evil").index(what):
                    yield f"{name}_activity_{back}_{what}", bytes([flags]) + patches(3, back, data)
    yield "raw", b"\x1a\x10\0" + struct.pack("<IIQ", 1, 0, 0) + struct.pack("<IIQ", 4, 0, 3) + bytes(104)
    yield "raw_empty", b"\x1a\0\0"
    yield "schema", b"\4\x40" + struct.pack("<6I", 1, 72, 1, 0, 0, 0) + struct.pack("<I12B", 0, 10, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + struct.pack("<I5s7x", 5, b"total") + bytes(8)
    yield "schema_problems", b"\4\x40" + struct.pack("<6I", 1, 40, 0, 1, 1, 0) + struct.pack("<I3s9x", 3, b"\x1b[m")


DO_PATCH, DO_REPAIR, DO_STORE, DO_LOOK, DO_CUT, DO_RESTORE, DO_REPLACE = range(7)  # fuzz_attach.c, enum command


def attach_seeds():
    look, long_look = bytes([DO_LOOK, 10]), bytes([DO_LOOK, 50])

    def writes_part(*arguments):
        return bytes([DO_PATCH]) + patches(*arguments)

    def writes_store(which, offset, data):
        return bytes([DO_STORE, which]) + struct.pack("<H", offset) + bytes([len(data)]) + data

    def cut(which, size):
        return bytes([DO_CUT, which]) + struct.pack("<H", size)

    beats = writes_part(HEADER, 80, words([1002 * 10**9, (1700000000 + 2) * 10**9]))
    changes = {
        "nothing": b"", "values": writes_store(0, 0, words(range(31))) + look + writes_store(0, 0, b"\xff" * 255),
        "recorders": writes_store(1, 0, struct.pack("<II4QQQ", 1, 2, 1000 * 10**9, 10**9, 7, 1, 5, 0) + words([2, 1, 7, 0] * 2)) + look + writes_store(1, 0, b"\xff" * 255),
        "silent": long_look + long_look, "beats": beats + look + look, "closed": writes_part(HEADER, 112, words([1])), "superseded": writes_part(HEADER, 112, words([2])),
        "other_boot": writes_part(HEADER, 32, bytes(16)), "no_snapshot": writes_part(HEADER, 120, words([0])), "bank_1": writes_part(HEADER, 120, words([1])),
        "next": writes_part(BANK_1, 0, words([3])) + writes_part(HEADER, 120, words([3])) + look, "wrong_sequence": writes_part(HEADER, 120, words([5])),
        "interval": writes_part(HEADER, 96, words([0])) + look + writes_part(HEADER, 96, words([2**63])), "garbage_0": writes_part(BANK_0, 64, b"\xff" * 200),
        "garbage_tick": writes_part(BANK_0, 900, b"\xff" * 200), "garbage_late": writes_part(BANK_0, 1500, b"\x1b[31m" * 20), "store_gone": writes_part(STORES, 0, bytes(64)),
        "store_geometry": writes_part(STORES, 40, words([8, 2**40])), "store_path": writes_part(FACTS, 0, b"store.0\0/dev/null\0"), "events": writes_part(EVENTS, 0, b"\xfe" * 250),
        "event_number": writes_part(HEADER, 128, words([2**64 - 1, 2**64 - 1, 5])), "segments": writes_part(SEGMENTS, 0, b"\xfe" * 250), "services": writes_part(SERVICES, 8, b"\x1b" * 250),
        "cut_directory": cut(0, 512), "cut_all": cut(0, 0), "cut_store": cut(1, 0) + look + bytes([DO_RESTORE]), "cut_recorders": cut(2, 100) + look, "cut_later": look + cut(0, 4096) + look + bytes([DO_RESTORE]),
        "replaced": look + bytes([DO_REPLACE]), "replaced_broken": look + writes_part(HEADER, 0, b"x") + bytes([DO_REPLACE]) + look + bytes([DO_RESTORE, DO_REPLACE]),
    }
    now = 1700000000  # fuzz_directory_now; its second has place 800 of the hour
    changes.update({
        "past_names": writes_part(HISTORY, 8, b"\x1b[31mweb\xe2\x80\xae\0") + writes_part(HISTORY, 14952 + 8, b"\xff" * 250), "past_series": writes_part(HISTORY, 8 + NAME, b"nothing\0"),
        "past_no_series": writes_part(HISTORY, 8 + NAME, bytes(24)), "past_values": writes_part(HISTORY, 14952 - 4 * (3600 - 700), struct.pack("<40f", *[float("inf"), float("nan"), -1e30, 1e38] * 10)),
        "past_kind": writes_part(HISTORY, 14952 - 14400 - 8, b"\xff" * 8), "past_later": writes_part(SECONDS, 8 * (now % 3600 + 1), words([now + 1, now + 2, now + 3])),
        "past_far_later": writes_part(SECONDS, 8 * (now % 3600 + 1), words([2**40 // 3600 * 3600 + now % 3600 + 1])), "past_old": writes_part(SECONDS, 0, words([3600 * i + i for i in range(30)])),
        "past_one": writes_part(SECONDS, 8 * (now % 3600 - 200), bytes(240)) + look + writes_part(SECONDS, 8 * (now % 3600), words([0])),
        "past_heartbeat": writes_part(HEADER, 88, words([2**63 - 1])) + look + writes_part(HEADER, 88, words([2**63])), "past_none": writes_part(TABLE, 64 * (HISTORY - 2), b"\x63"), "past_cut": cut(0, 50000) + look,
    })
    for name, change in changes.items():
        yield "dead_" + name, b"\0" + look + change + look
        yield "alive_" + name, b"\1" + look + change + look
        yield "from_start_" + name, b"\0" + change + look


def flight_seeds():
    """fuzz_flight.c: size of the region, threads, whether it is empty, patches with a look after each."""
    def region(size, threads, *patches, empty=0):
        return struct.pack("<HBB", size - 96, threads, empty) + b"".join(patches)

    def patch(offset, data, final=0):
        return struct.pack("<BHB", final, offset, len(data)) + data

    one, table = lambda *patches: region(4096, 1, *patches), 128  # noqa: E731  the entry lies behind header and one thread
    yield "good", region(8000, 4)
    yield "alone", one()
    yield "small", region(576, 16)
    yield "empty", region(4096, 4, patch(0, b"\1"), empty=1)
    yield "many", region(7000, 16, patch(0, b""), patch(56, b"\7"))
    for name, offset, data in (
            ("threads", 4, b"\xff\xff"), ("offset", 40, b"\xff\xff\xff\x7f"), ("odd_offset", 40, b"\x81"), ("strides", 48, b"\1\0\1\0"), ("counts", 52, b"\xff\xff\xff\xff"),
            ("torn", table, b"\3"), ("future", table + 8, b"\xff" * 8), ("backwards", table + 16, b"\1"), ("ahead", table + 16, b"\xff" * 8), ("jump", table + 16, b"\0\0\1"),
            ("part", table + 24, b"\xff" * 8), ("no_part", table + 24, bytes(8)), ("lengths", table + 36, b"\xff\xff"), ("long", table + 36, b"\x58\x28\3"), ("evil", table + 40, b"\x1b[31m\x80\xe2\x80"),
            ("record_torn", table + 128, b"\x35"), ("record_future", table + 136, b"\xff" * 16), ("record_evil", table + 160, b"\0\0\0\0\x40\x18\xff\xff\x1b]0;")):
        yield "bad_" + name, one(patch(0, b""), patch(offset, data), patch(56, b"\x99"), patch(56, b"\x98", 1))


TARGETS = {"attach": attach_seeds, "flight": flight_seeds, "flat": flat_seeds, "directory": directory_seeds, "server": server_seeds, "schema": schema_seeds, "codec": codec_seeds, "options": options_seeds, "theme": theme_seeds, "json": json_seeds, "store": store_seeds}


def main():
    for target, seeds in TARGETS.items():
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        for name, data in seeds():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)


if len(sys.argv) != 2:
    sys.exit(__doc__)
main()
