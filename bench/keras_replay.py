"""Drives Keras' own callbacks over recorded epochs and prints what they did and how long the loop took, as one JSON line.

    python bench/keras_replay.py epochs.json

The file holds {"epochs": [{"loss": ..., "val_loss": ...}, ...], "initialLr": 0.01, "repeats": 1}. Nothing is trained: the
model is a stand-in that carries a real optimizer, because the callbacks only read and set its learning rate.
"""

import json
import os
import sys
import time

os.environ['KERAS_BACKEND'] = 'numpy'

import keras  # noqa: E402

# What Keras says goes to stderr, since stdout is the answer.
keras.utils.disable_interactive_logging()


class StandInModel:
    def __init__(self, initial_lr):
        self.optimizer = keras.optimizers.SGD(learning_rate=initial_lr)
        self.stop_training = False
        self.history = None


def fresh_callbacks():
    return [
        # Patience beyond any log, so that every epoch is driven.
        keras.callbacks.EarlyStopping(monitor='val_loss', patience=1_000_000),
        keras.callbacks.ReduceLROnPlateau(monitor='val_loss', factor=0.5, patience=5, min_delta=1e-4, min_lr=1e-7),
        keras.callbacks.TerminateOnNaN(),
    ]


def drive(epochs, initial_lr):
    """Returns the seconds of the loop alone, the number of epochs it drove, and the model, which carries the history."""
    model = StandInModel(initial_lr)
    callbacks = keras.callbacks.CallbackList(
        fresh_callbacks(), add_history=True, model=model, epochs=len(epochs), steps=1, verbose=0
    )
    # Copies, because the callbacks write into the logs they are given.
    logs = [dict(epoch) for epoch in epochs]
    driven = 0
    start = time.perf_counter()
    callbacks.on_train_begin()
    for epoch, log in enumerate(logs):
        callbacks.on_epoch_begin(epoch)
        # One batch an epoch, with the epoch's loss: it is what TerminateOnNaN looks at.
        callbacks.on_train_batch_begin(0)
        callbacks.on_train_batch_end(0, {'loss': log.get('loss')})
        callbacks.on_epoch_end(epoch, log)
        driven += 1
        if model.stop_training:
            break
    callbacks.on_train_end(logs[driven - 1] if driven else None)
    return time.perf_counter() - start, driven, model


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        task = json.load(file)
    # JSON has no NaN: "NaN" and "Infinity" come as strings, and null is a metric the epoch does not have.
    epochs = [{key: float(value) for key, value in epoch.items() if value is not None} for epoch in task['epochs']]
    seconds = 0.0
    total = 0
    for _ in range(task.get('repeats', 1)):
        spent, driven, model = drive(epochs, task['initialLr'])
        seconds += spent
        total += driven
    # The logs carry the rate the epoch ran at; the reduction made at its end shows in the next one.
    lrs = model.history.history.get('learning_rate', [])
    after = [*lrs[1:], float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))]
    reduced_at = [epoch for epoch, (ran, left) in enumerate(zip(lrs, after)) if left < ran]
    print(json.dumps({'seconds': seconds, 'epochs': total, 'lrs': lrs, 'reducedAt': reduced_at}))


if __name__ == '__main__':
    main()
