"""TensorBoard's own EventAccumulator on an event file: prints the seconds that it takes, and with --values every point."""

import json
import sys
import time

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.util import tensor_util

path = sys.argv[1]
# of the processor: what else the machine does is none of it
began = time.process_time()
accumulator = event_accumulator.EventAccumulator(path, size_guidance={event_accumulator.TENSORS: 0})
accumulator.Reload()
series = {
    tag: [(event.step, float(tensor_util.make_ndarray(event.tensor_proto))) for event in accumulator.Tensors(tag)]
    for tag in accumulator.Tags()["tensors"]
}
seconds = time.process_time() - began
print(json.dumps({"seconds": seconds, **({"series": series} if "--values" in sys.argv else {})}))
