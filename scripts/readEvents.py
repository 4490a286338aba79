"""What TensorBoard itself makes of event files: readEvents.py DIR prints JSON, a run (folder) each, with all its tags and points."""

import base64
import json
import math
import os
import sys

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util


def plain(x):
    if isinstance(x, list):
        return [plain(v) for v in x]
    if isinstance(x, bytes):
        return base64.b64encode(x).decode()
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    return x


def hparams(accumulator):
    out = {}
    for tag, content in accumulator.PluginTagToContent("hparams").items():
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        kind = data.WhichOneof("data")
        message = getattr(data, kind)
        if kind == "experiment":
            infos = [{"name": info.name, "type": info.type} for info in message.hparam_infos]
            out[tag] = {"infos": infos, "metrics": ["/".join(filter(None, [info.name.group, info.name.tag])) for info in message.metric_infos]}
        elif kind == "session_start_info":
            values = {k: getattr(v, v.WhichOneof("kind")) for k, v in message.hparams.items()}
            out[tag] = {"hparams": values, "group": message.group_name, "at": message.start_time_secs}
        else:
            out[tag] = {"status": message.status, "at": message.end_time_secs}
    return out


def read(folder):
    accumulator = event_accumulator.EventAccumulator(folder, size_guidance={event_accumulator.TENSORS: 0})
    accumulator.Reload()
    tags = {}
    for tag in accumulator.Tags()["tensors"]:
        metadata = accumulator.SummaryMetadata(tag)
        points = []
        for event in accumulator.Tensors(tag):
            array = tensor_util.make_ndarray(event.tensor_proto)
            value = {"shape": list(array.shape), "value": plain(array.tolist())}
            points.append({"step": event.step, "at": event.wall_time, **value})
        plugin = metadata.plugin_data
        content = base64.b64encode(plugin.content).decode()
        tags[tag] = {"plugin": plugin.plugin_name, "class": metadata.data_class, "content": content, "points": points}
    graph = None
    if accumulator.Tags()["graph"]:
        graph = [{"name": n.name, "op": n.op, "inputs": list(n.input)} for n in accumulator.Graph().node]
    models = {}
    for tag, told in tags.items():
        if told["plugin"] == "graph_keras_model":
            from tensorboard.plugins.graph import keras_util

            config = json.loads(base64.b64decode(told["points"][0]["value"]))
            models[tag] = [{"name": n.name, "inputs": list(n.input)} for n in keras_util.keras_model_to_graph_def(config).node]
    return {"tags": tags, "hparams": hparams(accumulator) if "_hparams_/experiment" in tags else {}, "graph": graph, "models": models}


root = sys.argv[1]
runs = {}
for folder, _, names in os.walk(root):
    if any("tfevents" in name for name in names):
        runs[os.path.relpath(folder, root)] = read(folder)
print(json.dumps(runs))
