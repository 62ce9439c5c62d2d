"""The published recipe in Keras and TensorFlow: TFAutoModel, padded to 64 tokens, Keras' Adam, `fit` and `predict`."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras as keras
import transformers
from safetensors.numpy import load_file

import common

HEAD_UNITS = 256
HEAD_DROPOUT = 0.5


def load(folder: str, width: int) -> keras.Model:
    """The published model: encoder, [CLS], dropout, dense layer with ReLU, dropout, one probability."""
    encoder = transformers.TFAutoModel.from_pretrained(folder)
    ids = keras.Input((width,), dtype=tf.int32)
    mask = keras.Input((width,), dtype=tf.int32)
    cls = encoder(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0, :]
    dense = keras.layers.Dense(HEAD_UNITS, activation="relu", name="dense")
    output = keras.layers.Dense(1, activation="sigmoid", name="output")
    hidden = dense(keras.layers.Dropout(HEAD_DROPOUT)(cls))
    model = keras.Model([ids, mask], output(keras.layers.Dropout(HEAD_DROPOUT)(hidden)))
    head = Path(folder) / "head.safetensors"
    if head.is_file():
        stored = load_file(head)
        dense.set_weights([stored["dense.weight"].T, stored["dense.bias"]])
        output.set_weights([stored["output.weight"].T, stored["output.bias"]])
    model.compile(keras.optimizers.Adam(2e-5, epsilon=1e-7), loss=keras.losses.BinaryCrossentropy())
    return model


class Stopwatch(keras.callbacks.Callback):
    """When the last step ended, on `time.perf_counter()`'s clock.

    Given arrays, `fit` and `predict` themselves may return later: after the last callback, while Python lets go of
    their locals, TensorFlow waits idle until about 5.1, 10.2, 20.5 or 41 s after the beginning (as if something slept
    10 ms, then 20, then 40 and so on). Seen of tensorflow 2.21 with a model of one layer, too.
    """

    ended: float

    def on_train_end(self, logs: dict | None = None) -> None:
        """All steps are done, `fit` is not."""
        self.ended = time.perf_counter()

    def on_predict_end(self, logs: dict | None = None) -> None:
        """All probabilities are computed, `predict` has yet to join them."""
        self.ended = time.perf_counter()


def inputs(tokens: list[list[int]], width: int) -> list[np.ndarray]:
    """Ids and mask for the model."""
    return [array.astype(np.int32) for array in common.pad(tokens, width)]


def train(job: common.Job) -> None:
    """Measures whole epochs of `fit`, after one that traces the graph and warms up."""
    model = load(job["encoder"], job["max_tokens"])
    texts, labels = common.read_texts(job["train"])
    whole = len(texts) // job["batch"] * job["batch"]  # drop last
    order = np.random.default_rng(job["seed"]).permutation(len(texts))[:whole]
    tokens = common.Tokenizer(job["encoder"], job["max_tokens"])([texts[index] for index in order])
    arrays, targets = inputs(tokens, job["max_tokens"]), np.array(labels, np.float32)[order]
    model.fit(arrays, targets, batch_size=job["batch"], epochs=1, verbose=0)
    epochs = job["steps"] * job["batch"] // whole
    common.meet()
    began = time.perf_counter()
    watch = Stopwatch()
    history = model.fit(arrays, targets, batch_size=job["batch"], epochs=epochs, verbose=0, callbacks=[watch])
    seconds = watch.ended - began
    losses = history.history["loss"]
    if not np.isfinite(losses).all():
        raise SystemExit("the loss is not finite")
    common.report(seconds=seconds, steps=job["steps"], losses=losses, versions=versions())


def infer(job: common.Job) -> None:
    """Measures `predict` on all test texts, after one call that traces the graph and warms up."""
    width, size = job["max_tokens"], common.INFERENCE_BATCH
    model = load(job["model"], width)
    texts, _ = common.read_texts(job["test"])
    tokenizer = common.Tokenizer(job["model"], width)
    # A whole batch and the last one's size: each is a shape to trace.
    model.predict(inputs(tokenizer(texts[: size + len(texts) % size]), width), batch_size=size, verbose=0)
    common.meet()
    began = time.perf_counter()
    watch = Stopwatch()
    probabilities = model.predict(inputs(tokenizer(texts), width), batch_size=size, verbose=0, callbacks=[watch])[:, 0]
    seconds = watch.ended - began
    common.report(seconds=seconds, texts=len(texts), probabilities=probabilities.tolist(), versions=versions())


def versions() -> dict[str, str]:
    """What was measured."""
    return {"tensorflow": tf.__version__, "tf-keras": keras.__version__, "transformers": transformers.__version__}


def main() -> None:
    """Does the job."""
    job = common.read_job()
    tf.config.threading.set_intra_op_parallelism_threads(job["threads"])
    keras.utils.set_random_seed(job["seed"])
    train(job) if job["task"] == "train" else infer(job)


if __name__ == "__main__":
    main()
