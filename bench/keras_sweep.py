"""Runs Keras' EarlyStopping and ReduceLROnPlateau over recorded runs, once for each setting, and prints what became of them
and how long it took, in seconds of the processor, as one JSON line.

    python bench/keras_sweep.py sweep.json

The file holds {"runs": [[{"val_loss": ...}, ...], ...], "initialLr": 0.01, "settings": [{"earlyStopping.patience": 3, ...}]}.
Nothing is trained: the model is a stand-in that carries a real optimizer, because the callbacks only read and set its rate.
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

    def get_weights(self):
        return []

    def set_weights(self, weights):
        pass


def callbacks_of(setting, model):
    callbacks = [
        keras.callbacks.EarlyStopping(
            monitor='val_loss',
            patience=setting['earlyStopping.patience'],
            min_delta=setting['earlyStopping.minDelta'],
            restore_best_weights=True,
        ),
        keras.callbacks.ReduceLROnPlateau(
            monitor='val_loss', factor=0.5, patience=setting['reduceLROnPlateau.patience'], min_delta=1e-4
        ),
    ]
    for callback in callbacks:
        callback.set_model(model)
    return callbacks


def drive(callbacks, model, logs):
    """Only the hooks that these two have: a CallbackList would take longer."""
    for callback in callbacks:
        callback.on_train_begin()
    for epoch, log in enumerate(logs):
        for callback in callbacks:
            callback.on_epoch_end(epoch, log)
        if model.stop_training:
            break
    for callback in callbacks:
        callback.on_train_end()
    return epoch + 1


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        task = json.load(file)
    seconds = 0.0
    ran, stopped = [], []
    for setting in task['settings']:
        ran.append([])
        stopped.append([])
        for run in task['runs']:
            # Copies, because the callbacks write into the logs they are given. A model is no part of what is compared.
            logs = [dict(epoch) for epoch in run]
            model = StandInModel(task['initialLr'])
            start = time.process_time()
            callbacks = callbacks_of(setting, model)
            epochs = drive(callbacks, model, logs)
            seconds += time.process_time() - start
            ran[-1].append(epochs)
            stopped[-1].append(callbacks[0].stopped_epoch)
    print(json.dumps({'seconds': seconds, 'epochsRun': ran, 'stopped': stopped}))


if __name__ == '__main__':
    main()
