"""Writes test/fixtures/python-format.json: what Python's str.format answers, as the oracle for src/dsl/PythonFormat.ts.

Run with Python 3.11: python3.11 scripts/pythonFormatCases.py. The seed is fixed, so the file comes out the same.
A case is [template, value, expected]: value is 'f:1.5' (field x), 'i:3' (field epoch) or 's:text' (field s), or null for
all of x=1.5, epoch=3, s='ab'; expected is null where Python raises. 'reprs' holds repr(float) texts, each of which
must come back from its own value.
"""

import json
import math
import os
import random
import re
import struct
import sys

assert sys.version_info[:2] == (3, 11), "the fixture is defined by Python 3.11"
rng = random.Random(20240607)

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, 0.125, 0.375, 2.675, 1e16, 9999999999999998.0, 1e15, 1e22, 1e23, 1e-4,
           1e-5, 9.9995, 99.995, 0.00009999995, 999999.5, 9999995.0, 1e300, 1.7976931348623157e308, 5e-324, -5e-324,
           2.2250738585072014e-308, 2.225073858507201e-308, math.nan, math.inf, -math.inf, -0.001, -0.004, -0.0049,
           123456789.0, -1234567.891, 1e308]
STRINGS = ["", "ab", "model", "it's", 'say "hi"', "both ' and \"", "tab\tnl\n\r\\", "é", "日本語", "😀x", "\x00\x1f\x7f\xa0",
           "\u200b\u2028", "a b", "{x}", "\u3000", "\U000e0001", "cafe\u0301"]


def a_float():
    k = rng.randrange(8)
    if k == 0:
        return rng.choice(SPECIAL)
    if k == 1:  # any bit pattern
        return struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0]
    if k == 2:  # subnormal
        return struct.unpack("<d", struct.pack("<Q", rng.getrandbits(rng.randint(1, 52))))[0]
    if k == 3:  # exact ties
        return rng.choice([-1, 1]) * (2 * rng.randint(0, 5000) + 1) / 2 ** rng.randint(1, 12)
    if k == 4:  # near a power of ten
        x = 10.0 ** rng.randint(-20, 25)
        return rng.choice([x, math.nextafter(x, 0), math.nextafter(x, math.inf), x * 5, x * 0.5])
    if k == 5:
        return round(rng.uniform(-1000, 1000), rng.randint(0, 6))
    if k == 6:
        return rng.uniform(-1, 1) * 10.0 ** rng.randint(-12, 18)
    return float(rng.randint(-10**rng.randint(1, 18), 10**rng.randint(1, 18)))


def an_int():
    return rng.choice([0, 1, -1, 65, 0x1F600, 0x10FFFF, 0x110000, 2**53, -(2**53), rng.randint(-999, 999), rng.randint(0, 99),
                       rng.randint(-(2**53), 2**53), rng.randint(0, 10 ** rng.randint(1, 15))])


def maybe(p, make):
    return make() if rng.random() < p else ""


def a_spec(kind):
    types = {"f": "eEfFgGn%" * 4 + "ffffgg" * 3 + "bcdoxXsq", "i": "bcdnoxX" * 4 + "eEfFgG%" + "sq", "s": "s" * 12 + "dfq"}[kind]
    text, number = (0.04, 0.2) if kind == "s" else (0.12, 0.35)
    return "".join([
        maybe(0.3, lambda: maybe(0.6, lambda: rng.choice("*0 _x<=é😀")) + rng.choice("<>=^" if kind != "s" else "<>^<>^=")),
        maybe(number if kind != "s" else text, lambda: rng.choice("+- ")),
        maybe({"f": 0.15, "i": 0.03, "s": 0.03}[kind], lambda: "z"),
        maybe(0.2 if kind != "s" else text, lambda: "#"),
        maybe(0.3, lambda: "0"),
        maybe(0.6, lambda: str(rng.randint(1, 24))),
        maybe(0.25 if kind != "s" else text, lambda: rng.choice(",_")),
        maybe({"f": 0.6, "i": 0.15, "s": 0.4}[kind], lambda: "." + str(rng.choice([0, 1, 2, 3, 4, 6, 10, 17, 20]))),
        maybe(0.8, lambda: rng.choice(types)),
        maybe(0.01, lambda: rng.choice(["d", ",", ".", " "])),
    ])


def answer(template, fields):
    try:
        return template.format(**fields)
    except (ValueError, KeyError, IndexError, OverflowError, AttributeError, TypeError):
        return None


cases, seen = [], set()


def add(template, kind, value):
    name = {"f": "x", "i": "epoch", "s": "s"}[kind]
    row = [template, kind + ":" + (value if kind == "s" else repr(value)), answer(template, {name: value})]
    if json.dumps(row) not in seen:
        seen.add(json.dumps(row))
        cases.append(row)


MAKE = {"f": ("x", a_float), "i": ("epoch", an_int), "s": ("s", lambda: rng.choice(STRINGS))}
for kind, count in (("f", 2600), ("i", 1100), ("s", 350)):
    name, value = MAKE[kind]
    for _ in range(count):
        conversion = maybe(0.04 if kind != "s" else 0.35, lambda: "!" + rng.choice("rsa"))
        add("{" + name + conversion + maybe(0.95, lambda: ":" + a_spec("s" if conversion else kind)) + "}", kind, value())
for x in SPECIAL:
    for spec in (".0f", ".2f", "g", ".0e", "08", "012,.2f", "z.1f", "#.3g", "%", ".1", ".17g"):
        add("{x:" + spec + "}", "f", x)
for x, spec in ((0.1, ".120f"), (5e-324, ".1100f"), (1e300, ".2f"), (1.7976931348623157e308, ",.0f"), (5e-324, ".800e"),
                (0.1, ".150g"), (0.3, "#.130g"), (-2.5, "0150,.101f"), (2.0**-1022, ".767e"), (1e22, ".2f")):
    add("{x:" + spec + "}", "f", x)
for x in ("\ud7ff", "日本語😀abc"):
    for spec in ("5", "😀^9", ".2", "日>8.4s", "05"):
        add("{s:" + spec + "}", "s", x)

# Malformed and well-formed templates from the characters that matter.
ALL = {"x": 1.5, "epoch": 3, "s": "ab"}
TOKENS = ["{", "}", "{{", "}}", "{x", "{epoch", "{s", ":", "!", "!r", ".2", "0", "5", "d", "f", " ", "a", "<", ">", "{x}",
          "{epoch:", "{s:{epoch}}", "{x:{s}}", "{x:>{epoch}}", "{x:.{epoch}f}", "é", "{y}", "{}", "{0}", "{__class__}"]
while len(cases) < 5400:
    template = "".join(rng.choice(TOKENS) for _ in range(rng.randint(1, 6)))
    expected = answer(template, ALL)
    # Attribute and index access is refused on purpose, whatever Python says.
    if template in seen or (expected is None and rng.random() < 0.6) or re.search(r"{[^:!{}]*[.\[]", template):
        continue
    seen.add(template)
    cases.append([template, None, expected])

floats = [2.0**k for k in range(-1074, 1024, 3)] + [a_float() for _ in range(1200)]
reprs = sorted({repr(x) for x in floats if not math.isnan(x)})

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "test", "fixtures", "python-format.json")
with open(path, "w", encoding="utf-8") as out:
    out.write('{"reprs":' + json.dumps(reprs, separators=(",", ":")) + ',\n"cases":[\n')
    out.write(",\n".join(json.dumps(c, separators=(",", ":"), ensure_ascii=False) for c in cases))
    out.write("\n]}\n")
print(len(cases), "cases,", sum(c[2] is None for c in cases), "errors,", len(reprs), "reprs,", os.path.getsize(path), "bytes")
