"""What TensorFlow and librosa say of the sounds of tests/support/net_patches.py: the file beside this one.

    python -m venv reference; reference/bin/pip install tensorflow-cpu librosa pytest
    reference/bin/pip install --no-deps musicnn==0.1.0
    export TF_ENABLE_ONEDNN_OPTS=0
    reference/bin/python -m tests.audio.flavor.make_reference tests/audio/flavor/nets_reference.npz

Runs in the folder of the checkout. It takes the graphs from the package, and none of its code.
The faster operations of oneDNN, which are switched off, differ from the exact ones by up to 0.00001.
"""

import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import tensorflow as tf

from tests.support.net_patches import net_patches

v1 = tf.compat.v1
FORWARD = {"tags": "Sigmoid", "embedding": "batch_normalization_10/batchnorm/add_1"}


def main(target: str) -> None:
    v1.disable_eager_execution()
    mels = np.array([pictured(patch) for patch in net_patches()])
    heard = {"mels": mels[:, ::17, ::5]}
    for model in ("MSD_musicnn", "MTT_musicnn"):
        for name, values in heard_by(model, mels).items():
            heard[f"{model[:3].lower()}_{name}"] = values
    np.savez_compressed(target, **heard)


def pictured(patch: Any) -> Any:
    y = patch.astype(np.float64)
    mel = librosa.feature.melspectrogram(y=y, sr=16_000, n_fft=512, hop_length=256, n_mels=96, center=False)
    return np.log10(10_000 * mel.T + 1).astype(np.float32)


def heard_by(model: str, mels: Any) -> dict[str, Any]:
    v1.reset_default_graph()
    folder = Path(str(distribution("musicnn").locate_file("musicnn"))) / model
    graph = v1.MetaGraphDef()
    graph.ParseFromString((folder / ".meta").read_bytes())
    for node in graph.graph_def.node:
        # Of gradients, and today's TensorFlow finds other shapes.
        node.attr.pop("_output_shapes", None)
    saver = v1.train.import_meta_graph(graph, clear_devices=True)
    with v1.Session() as session:
        saver.restore(session, f"{folder}/")
        outputs = {name: f"model/{operation}:0" for name, operation in FORWARD.items()}
        return session.run(outputs, {"model/Placeholder:0": mels, "model/Placeholder_2:0": False})


if __name__ == "__main__":
    main(sys.argv[1])
