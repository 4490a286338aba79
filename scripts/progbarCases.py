"""Writes test/fixtures/progbar.json: the lines that Keras' own ProgbarLogger prints, as the oracle for progbarLogger.

Run with the Python of `npm run oracles`. The seed is fixed and the clock is ours, so the file comes out the same. A case has
the options, the run (`at` in milliseconds, in steps that doubles hold exactly) and what was printed: escape codes kept,
cursor movements and padding left out. Keras' class takes no options, so averaging and samples are asked of its Progbar as
Keras 2 did.
"""

import json
import os
import random
import re

os.environ["KERAS_BACKEND"] = "numpy"

import time

now = [0.0]
time.time = lambda: now[0]

import keras
from keras.src.callbacks.progbar_logger import ProgbarLogger
from keras.src.utils import io_utils
from keras.src.utils.progbar import Progbar

assert keras.__version__.startswith("3.15"), keras.__version__
rng = random.Random(20240607)
printed = []


def print_msg(message, line_break=True):
    line = re.sub(r"^[\b\r\n]+", "", message)
    printed.append(re.sub(r" *\n?$", "", line))


io_utils.print_msg = print_msg


class Logger(ProgbarLogger):
    def __init__(self, options):
        super().__init__()
        self.options = options

    def _maybe_init_progbar(self):
        if self.progbar is not None:
            return
        stateful = self.options.get("statefulMetrics")
        self.progbar = Progbar(
            target=self.target,
            width=self.options.get("width", 20),
            verbose=self.verbose,
            interval=self.options.get("interval", 0.05),
            unit_name="sample" if self.options.get("countMode") == "samples" else "step",
            **({"stateless_metrics": set()} if stateful is None else {"stateful_metrics": stateful}),
        )

    def _update_progbar(self, batch, logs=None, size=1):
        self._maybe_init_progbar()
        self.seen = self.seen + size if self.options.get("countMode") == "samples" else batch + 1
        if self.verbose == 1:
            self.progbar.update(self.seen, list((logs or {}).items()), finalize=False)


def a_number():
    return rng.choice([0.0, 1e-3, 0.5, -0.25, 2.0, 1e-5, -1e-5, 123.456, 0.03125, float("nan"), float("inf"),
                       rng.uniform(0, 2), rng.uniform(-1e-3, 1e-3), 10 ** rng.uniform(-8, 8)])


def logs(names):
    return {name: a_number() for name in names}


def encode(x):
    return {k: v if v == v and abs(v) != float("inf") else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(v)]
            for k, v in x.items()}


def case():
    options = {"verbose": rng.choice([0, 1, 1, 1, 2])}
    if rng.random() < 0.4:
        options["statefulMetrics"] = rng.choice([[], ["acc"], ["loss", "acc"]])
    if rng.random() < 0.3:
        options["countMode"] = "samples"
    if rng.random() < 0.3:
        options["interval"] = rng.choice([0, 0.5, 4])
    if rng.random() < 0.2:
        options["width"] = rng.choice([1, 7, 30])
    names = rng.choice([[], ["loss"], ["loss", "acc"]])
    steps, size = rng.choice([1, 2, 3, 7, 12, 120]), 8
    samples = steps * size - rng.choice([0, 3])
    known = rng.random() < 0.8
    epochs = rng.choice([1, 2, 3])
    tick = rng.choice([1, 3, 100, 1000, 90000]) * 1000 / 1024 / (1 if rng.random() < 0.7 else 1024)
    at = rng.choice([1, 1024]) * 1024 * 1000.0  # Keras takes 0 for the last time it drew
    target = (samples if options.get("countMode") == "samples" else steps) if known else None

    printed.clear()
    logger = Logger(options)
    logger.set_params({"verbose": options["verbose"], "epochs": epochs, "steps": target})
    run = []
    logger.on_train_begin()
    for epoch in range(epochs):
        now[0] = at / 1000
        logger.on_epoch_begin(epoch)
        one = {"at": at, "batches": []}
        for batch in range(steps):
            at += tick * rng.choice([0, 1, 1, 2])
            now[0] = at / 1000
            values, n = logs(names), min(size, samples - batch * size)
            logger._update_progbar(batch, values, n)
            one["batches"].append({"at": at, "size": n, "logs": encode(values)})
        at += tick
        now[0] = at / 1000
        values = logs(names + (["val_loss"] if rng.random() < 0.5 else []))
        logger.on_epoch_end(epoch, values)
        one["end"] = {"at": at, "logs": encode(values)}
        run.append(one)
    params = {"epochs": epochs, "steps": steps if known else None, "samples": samples if known else None,
              "batchSize": size if known else None}
    return {"options": options, "params": params, "epochs": run, "printed": list(printed)}


cases = [case() for _ in range(150)]
cases = [c for c in cases if len(json.dumps(c)) < 6000]
path = os.path.join(os.path.dirname(__file__), "..", "test", "fixtures", "progbar.json")
with open(path, "w", encoding="utf8") as file:
    json.dump({"keras": keras.__version__, "cases": cases}, file, ensure_ascii=False, separators=(",", ":"))
    file.write("\n")
print(len(cases), "cases")
