"""What Keras' own optimizers make of gradients: reads cases from stdin, prints the clipped gradients of each. No backend but numpy is needed."""

import json
import math
import os
import sys

os.environ["KERAS_BACKEND"] = "numpy"

import keras
import numpy as np

words = {"norm": "clipnorm", "value": "clipvalue", "global": "global_clipnorm"}


def plain(x):
    return x if math.isfinite(x) else "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


out = []
for case in json.load(sys.stdin):
    optimizer = keras.optimizers.SGD(**{words[case["mode"]]: case["limit"]})
    gradients = [np.array([float(x) for x in gradient], dtype="float32") for gradient in case["gradients"]]
    with np.errstate(all="ignore"):
        clipped = optimizer._clip_gradients(gradients)
    out.append([[plain(float(x)) for x in gradient] for gradient in clipped])
print(json.dumps(out))
