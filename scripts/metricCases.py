"""Random cases of scikit-learn's metrics, one JSON line each: metricCases.py COUNT SEED."""

import json
import math
import random
import sys
import warnings

import numpy as np
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

count, seed = int(sys.argv[1]), int(sys.argv[2])
rng = random.Random(seed)


def plain(x):
    """Numbers as the cases spell them."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)):
        return [plain(v) for v in x]
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, np.integer):
        return int(x)
    if isinstance(x, (float, np.floating)):
        x = float(x)
        return "NaN" if math.isnan(x) else "Infinity" if x == math.inf else "-Infinity" if x == -math.inf else x
    return x


def precision_at_recall(y_true, y_score, recall, **params):
    p, r, t = sk.precision_recall_curve(y_true, y_score, **params)
    value = np.max(p[r >= recall])
    i = min((i for i in range(len(p)) if r[i] >= recall and p[i] == value), key=lambda i: (-r[i], i))
    return {"value": value, "recall": r[i], "threshold": t[i] if i < len(t) else None}


def recall_at_precision(y_true, y_score, precision, **params):
    p, r, t = sk.precision_recall_curve(y_true, y_score, **params)
    value = np.max(r[p >= precision])
    i = min((i for i in range(len(p)) if p[i] >= precision and r[i] == value), key=lambda i: (-p[i], i))
    return {"value": value, "precision": p[i], "threshold": t[i] if i < len(t) else None}


def pr_auc(y_true, y_score, **params):
    p, r, _ = sk.precision_recall_curve(y_true, y_score, **params)
    return {"value": sk.auc(r, p)}


def confusion_matrix(y_true, y, threshold=None, labels=None, **params):
    y_pred = (np.asarray(y) >= threshold).astype(int) if threshold is not None else y
    given = labels if labels is not None else np.unique(np.concatenate([y_true, y_pred]))
    return {"matrix": sk.confusion_matrix(y_true, y_pred, labels=labels, **params), "labels": given}


def named(*names):
    return lambda f: lambda *a, **k: dict(zip(names, f(*a, **k)))


def value(f):
    return lambda *a, **k: {"value": f(*a, **k)}


def ovr(y_true, y_score, **params):
    return {"value": sk.roc_auc_score(y_true, y_score, **{"multi_class": "ovr", "average": "macro", **params})}


functions = {
    "roc_auc_score": value(sk.roc_auc_score),
    "average_precision_score": value(sk.average_precision_score),
    "pr_auc": pr_auc,
    "roc_curve": named("fpr", "tpr", "thresholds")(sk.roc_curve),
    "precision_recall_curve": named("precision", "recall", "thresholds")(sk.precision_recall_curve),
    "precision_at_recall": precision_at_recall,
    "recall_at_precision": recall_at_precision,
    "roc_auc_score_ovr_macro": ovr,
    "confusion_matrix": confusion_matrix,
    "precision_score": value(sk.precision_score),
    "recall_score": value(sk.recall_score),
    "f1_score": value(sk.f1_score),
    "fbeta_score": value(sk.fbeta_score),
    "accuracy_score": value(sk.accuracy_score),
    "log_loss": value(sk.log_loss),
    "calibration_curve": named("prob_true", "prob_pred")(calibration_curve),
}
# what is undefined is said in the same words only here; elsewhere it says what to set to silence it
warned = ("roc_", "average_precision", "pr_auc", "precision_recall", "precision_at", "confusion")

grids = [2, 4, 8, 64, None]


def scores(n, low=0.0, high=1.0):
    if rng.random() < 0.08:
        return [rng.choice([0.0, 0.5, 1.0])] * n
    grid = rng.choice(grids)
    draw = [rng.randint(0, grid) / grid if grid else rng.random() for _ in range(n)]
    return [low + (high - low) * x for x in draw]


def size():
    return rng.choice([1, 2, 3, 5, 8, 13, 30, 100, 300]) if rng.random() < 0.97 else 0


def binary(n):
    if rng.random() < 0.1:
        return [rng.choice([0, 1])] * n
    share = rng.choice([0.05, 0.3, 0.5, 0.8])
    return [int(rng.random() < share) for _ in range(n)]


def weights(n):
    return [1] + [rng.choice([0, 0.25, 0.5, 1, 2, 3.7]) for _ in range(n - 1)]


def maybe_weights(params, n):
    if n and rng.random() < 0.3:
        params["sample_weight"] = weights(n)


def spoil(case):
    """Now and then something that is no data."""
    roll = rng.random()
    key = "y_score" if "y_score" in case else "y_pred"
    y = case[key]
    if not y or isinstance(y[0], list):
        return
    if roll < 0.02:
        y[rng.randrange(len(y))] = rng.choice([math.nan, math.inf, -math.inf])
    elif roll < 0.03:
        y.pop()
    elif roll < 0.05:
        case["y_true"] = [x + 2 for x in case["y_true"]]
    elif roll < 0.06:
        case["y_true"] = [x + 0.5 for x in case["y_true"]]
    elif roll < 0.07:
        case["y_true"] = [2 * x - 1 for x in case["y_true"]]
    elif roll < 0.08:
        case["y_true"][0] = 2


def rows(n, k, sums):
    out = []
    for _ in range(n):
        row = [rng.randint(0, 8) + (rng.random() if rng.random() < 0.3 else 0) for _ in range(k)]
        total = sum(row) or 1
        out.append([x / total for x in row] if sum(row) else [1 / k] * k)
    if n and not sums:
        out[rng.randrange(n)][0] += 0.25
    return out


def ranking_case(policy):
    n, params = size(), {}
    kind = rng.random()
    if policy in ("roc_auc_score", "average_precision_score") and kind < 0.3 and n:
        average = rng.choice(["macro", "weighted", "micro", "samples", None])
        k = rng.randint(2, 4)
        params["average"] = average
        maybe_weights(params, n)
        return {"params": params, "y_true": [binary(k) for _ in range(n)], "y_score": [scores(k) for _ in range(n)]}
    if policy == "average_precision_score" and kind < 0.5 and n > 2:
        k = rng.randint(3, 4)
        params["average"] = rng.choice(["macro", "weighted", "micro", None])
        y = list(range(k)) + [rng.randrange(k) for _ in range(n)]
        maybe_weights(params, len(y))
        return {"params": params, "y_true": y, "y_score": [scores(k) for _ in y]}
    if "curve" in policy and rng.random() < 0.5:
        params["drop_intermediate"] = rng.random() < 0.5
    if policy == "precision_at_recall":
        params["recall"] = rng.choice([0.0, 0.25, 0.5, 0.75, 0.9, 1.0, rng.random(), 1.5])
    if policy == "recall_at_precision":
        params["precision"] = rng.choice([0.0, 0.5, 0.75, 1.0, rng.random()])
    if policy == "roc_auc_score" and rng.random() < 0.2:
        params["max_fpr"] = rng.choice([0.1, 0.25, 0.5, 0.9, 1.0])
    if policy not in ("roc_auc_score",) and rng.random() < 0.1:
        params["pos_label"] = rng.choice([0, 1])
    maybe_weights(params, n)
    low, high = rng.choice([(0.0, 1.0), (-3.0, 3.0), (1.0, 1.0)])
    case = {"params": params, "y_true": binary(n), "y_score": scores(n, low, high)}
    if "sample_weight" not in params:
        spoil(case)
    return case


def ovr_case():
    k, params = rng.randint(3, 5), {}
    y = [rng.randrange(k) for _ in range(size())]
    if rng.random() < 0.6:
        y += list(range(k))
    if rng.random() < 0.4:
        params["labels"] = list(range(k if rng.random() < 0.9 else k + 1))
    if rng.random() < 0.5:
        params["average"] = rng.choice(["macro", "weighted", "micro", None])
        maybe_weights(params, len(y))
    return {"params": params, "y_true": y, "y_score": rows(len(y), k, rng.random() < 0.93)}


def predicted_case(policy):
    n, params, k = size(), {}, rng.choice([2, 2, 3, 5])
    labels = [0, 1] if k == 2 else list(range(k))
    if rng.random() < 0.1:
        labels = [x * 3 - 1 for x in labels]
    y_true = [rng.choice(labels) for _ in range(n)]
    y_pred = [x if rng.random() < 0.6 else rng.choice(labels) for x in y_true]
    case = {"params": params, "y_true": y_true, "y_pred": y_pred}
    maybe_weights(params, n)
    if policy == "confusion_matrix":
        if rng.random() < 0.3:
            params["labels"] = rng.sample(labels + [9], rng.randint(1, len(labels)))
        if rng.random() < 0.3:
            params["normalize"] = rng.choice(["true", "pred", "all", None])
        if k == 2 and rng.random() < 0.3 and "labels" not in params:
            params["threshold"] = rng.choice([0.25, 0.5, 0.75])
            case = {"params": params, "y_true": y_true, "y_score": scores(n)}
        return case
    if policy != "accuracy_score":
        if k > 2 or rng.random() < 0.3:
            params["average"] = rng.choice(["macro", "weighted", "micro", None])
        if rng.random() < 0.3:
            params["zero_division"] = rng.choice([0.0, 1.0, math.nan])
        if policy == "fbeta_score":
            params["beta"] = rng.choice([0, 0.5, 1, 2, 3.3])
        if params.get("average", "binary") != "binary" and rng.random() < 0.2:
            params["labels"] = rng.sample(labels, rng.randint(1, len(labels)))
    if rng.random() < 0.25 and n and params.get("average", "x") != "binary":
        width = rng.randint(2, 4)
        case["y_true"] = [binary(width) for _ in range(n)]
        case["y_pred"] = [binary(width) for _ in range(n)]
        params.pop("labels", None)
    return case


def probability_case(policy):
    n, params = size(), {}
    maybe_weights(params, n)
    if policy == "calibration_curve":
        params.pop("sample_weight", None)
        params["n_bins"] = rng.choice([1, 3, 5, 10, 15])
        return {"params": params, "y_true": binary(n), "y_score": scores(n)}
    if rng.random() < 0.5:
        if rng.random() < 0.5:
            params["labels"] = [0, 1]
        return {"params": params, "y_true": binary(n), "y_score": scores(n)}
    k = rng.randint(3, 4)
    if rng.random() < 0.7:
        params["labels"] = list(range(k))
    return {"params": params, "y_true": [rng.randrange(k) for _ in range(n)], "y_score": rows(n, k, True)}


def make(policy):
    if policy == "roc_auc_score_ovr_macro":
        return ovr_case()
    if policy in ("log_loss", "calibration_curve"):
        return probability_case(policy)
    if policy == "confusion_matrix" or policy in ("precision_score", "recall_score", "f1_score", "fbeta_score", "accuracy_score"):
        return predicted_case(policy)
    return ranking_case(policy)


for i in range(count):
    policy = list(functions)[i % len(functions)]
    case = make(policy)
    y = case.get("y_score", case.get("y_pred"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            params = {k: np.asarray(v) if k == "sample_weight" else v for k, v in case["params"].items()}
            expect = plain(functions[policy](case["y_true"], np.asarray(y) if y and isinstance(y[0], list) else y, **params))
        except Exception as error:
            expect = {"error": type(error).__name__, "errorMessage": str(error)[:300]}
    if caught and "error" not in expect and policy.startswith(warned):
        expect["warning"] = str(caught[0].message)
    line = {"id": f"metrics/random-{seed}/{i}", "dialect": "metrics", "policy": policy, **plain(case), "expect": expect}
    print(json.dumps(line))
