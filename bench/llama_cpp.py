"""llama.cpp through its C API, with ctypes: its shared libraries as they are, no binding between.

A folder that has libllama, libggml and libggml-base, and beside them one libggml-cpu-* for each kind of
processor, of which llama.cpp picks the best for this one. npm's @node-llama-cpp/linux-x64 is such a folder.
The structs below are those of release 0.5.0; another release is refused, because its structs may differ.

llama.cpp's own products round what they multiply with a quantised file to 8 bits. Its BLAS backend does not: for
32 rows and more it unpacks the weights to floats and multiplies floats. No package has it; this builds it
(libopenblas-dev and cmake; three minutes on two cores):

    pip download --no-deps --no-binary llama-cpp-python -d build/peers llama-cpp-python==0.3.36
    tar xf build/peers/llama_cpp_python-0.3.36.tar.gz -C build/peers
    cmake -S build/peers/llama_cpp_python-0.3.36/vendor/llama.cpp -B build/peers/llama-blas \\
        -DCMAKE_BUILD_TYPE=Release -DGGML_BLAS=ON -DGGML_BLAS_VENDOR=OpenBLAS -DLLAMA_BUILD_COMMON=OFF \\
        -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TESTS=OFF
    cmake --build build/peers/llama-blas --target llama -j2

Two builds do not go into one process. As a program this file is the other process:

    llama_cpp.py FOLDER MODEL.gguf TOKENS.json VECTORS.npy [--threads 2]

writes the vectors of texts, given as lists of tokens, without rounding.
"""
import argparse
import ctypes
import json
import pathlib
import sys
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int8, c_int32, c_size_t, c_uint32, c_void_p

import numpy as np

RELEASE = "0.5.0"
PACKAGE = "@node-llama-cpp/linux-x64@3.22.1"  # has that release
POOLING_NONE, ATTENTION_CAUSAL = 0, 0
TYPE_F32 = 0
BLAS_ROWS = 32  # from which the BLAS backend takes a product
LOG_ERROR = 4
EvalCallback = ctypes.CFUNCTYPE(c_bool, c_void_p, c_bool, c_void_p)
LogCallback = ctypes.CFUNCTYPE(None, c_int32, c_char_p, c_void_p)


class ModelParams(ctypes.Structure):
    _fields_ = [
        ("devices", c_void_p), ("tensor_buft_overrides", c_void_p), ("n_gpu_layers", c_int32),
        ("split_mode", c_int32), ("load_mode", c_int32), ("lazy_mode", c_int32),
        ("main_gpu", c_int32), ("tensor_split", c_void_p), ("progress_callback", c_void_p),
        ("progress_callback_user_data", c_void_p), ("kv_overrides", c_void_p),
        ("vocab_only", c_bool), ("check_tensors", c_bool), ("use_extra_bufts", c_bool),
        ("no_host", c_bool), ("no_alloc", c_bool), ("load_mtp", c_bool)]


class ContextParams(ctypes.Structure):
    _fields_ = [
        ("n_ctx", c_uint32), ("n_batch", c_uint32), ("n_ubatch", c_uint32),
        ("n_seq_max", c_uint32), ("n_rs_seq", c_uint32), ("n_outputs_max", c_uint32),
        ("n_outputs_max_per_seq", c_uint32), ("n_threads", c_int32), ("n_threads_batch", c_int32),
        ("ctx_type", c_int32), ("rope_scaling_type", c_int32), ("pooling_type", c_int32),
        ("attention_type", c_int32), ("flash_attn_type", c_int32), ("rope_freq_base", c_float),
        ("rope_freq_scale", c_float), ("yarn_ext_factor", c_float), ("yarn_attn_factor", c_float),
        ("yarn_beta_fast", c_float), ("yarn_beta_slow", c_float), ("yarn_orig_ctx", c_uint32),
        ("defrag_thold", c_float), ("cb_eval", EvalCallback), ("cb_eval_user_data", c_void_p),
        ("type_k", c_int32), ("type_v", c_int32), ("abort_callback", c_void_p),
        ("abort_callback_data", c_void_p), ("embeddings", c_bool), ("offload_kqv", c_bool),
        ("no_perf", c_bool), ("op_offload", c_bool), ("swa_full", c_bool), ("kv_unified", c_bool),
        ("samplers", c_void_p), ("n_samplers", c_size_t), ("ctx_other", c_void_p)]


class Batch(ctypes.Structure):
    _fields_ = [
        ("n_tokens", c_int32), ("token", c_void_p), ("embd", c_void_p), ("pos", c_void_p),
        ("n_seq_id", c_void_p), ("seq_id", c_void_p), ("logits", c_void_p)]


FUNCTIONS = {
    "llama_version": (c_char_p, []),
    "llama_print_system_info": (c_char_p, []),
    "llama_log_set": (None, [LogCallback, c_void_p]),
    "llama_backend_init": (None, []),
    "llama_max_parallel_sequences": (c_size_t, []),
    "llama_model_default_params": (ModelParams, []),
    "llama_context_default_params": (ContextParams, []),
    "llama_model_load_from_file": (c_void_p, [c_char_p, ModelParams]),
    "llama_model_get_vocab": (c_void_p, [c_void_p]),
    "llama_model_n_embd": (c_int32, [c_void_p]),
    "llama_tokenize": (c_int32, [c_void_p, c_char_p, c_int32, c_void_p, c_int32, c_bool, c_bool]),
    "llama_init_from_model": (c_void_p, [c_void_p, ContextParams]),
    "llama_get_memory": (c_void_p, [c_void_p]),
    "llama_memory_clear": (None, [c_void_p, c_bool]),
    "llama_decode": (c_int32, [c_void_p, Batch]),
    "llama_get_embeddings_ith": (POINTER(c_float), [c_void_p, c_int32]),
    "llama_free": (None, [c_void_p]),
    "llama_model_free": (None, [c_void_p]),
}
GGML_FUNCTIONS = {
    "ggml_backend_load_all_from_path": (None, [c_char_p]),
}
GGML_BASE_FUNCTIONS = {
    "ggml_get_name": (c_char_p, [c_void_p]),
    "ggml_nbytes": (c_size_t, [c_void_p]),
    "ggml_backend_tensor_get": (None, [c_void_p, c_void_p, c_size_t, c_size_t]),
}


@LogCallback
def log_errors(level, text, _):
    if level == LOG_ERROR:
        sys.stderr.write("llama.cpp: " + text.decode(errors="replace"))


class Library:
    """The libraries of one folder, set to this processor."""

    def __init__(self, folder):
        folder = pathlib.Path(folder).resolve()
        for stem, functions in (("libggml-base", GGML_BASE_FUNCTIONS), ("libggml", GGML_FUNCTIONS),
                                ("libllama", FUNCTIONS)):
            found = [folder / f"{stem}.so", *sorted(folder.glob(f"{stem}.*"))]
            found = [path for path in found if path.exists()]
            if not found:
                sys.exit(f"{folder}: no {stem}.so")
            library = ctypes.CDLL(str(found[0]), mode=ctypes.RTLD_GLOBAL)
            for name, (result, arguments) in functions.items():
                function = getattr(library, name, None)
                if function is None:
                    sys.exit(f"{found[0]}: has no {name}; llama.cpp {RELEASE} is needed")
                function.restype, function.argtypes = result, arguments
                setattr(self, name, function)
        self.version = self.llama_version().decode().lstrip("v")
        # The defaults must also be where the structs above say.
        context, model = self.llama_context_default_params(), self.llama_model_default_params()
        known = (context.n_ctx, context.n_batch, context.n_ubatch, context.pooling_type,
                 context.type_k, context.ctx_other, model.use_extra_bufts)
        if self.version.split("-")[0] != RELEASE or known != (512, 2048, 512, -1, 1, None, True):
            sys.exit(f"{folder}: llama.cpp {self.version}, but {RELEASE} is what is known here")
        self.llama_log_set(log_errors, None)
        self.ggml_backend_load_all_from_path(str(folder).encode())
        self.llama_backend_init()

    def describe(self):
        """The library for the processor that it chose, and the instructions that this one uses."""
        maps = pathlib.Path("/proc/self/maps")
        lines = maps.read_text().split() if maps.exists() else []
        names = {pathlib.Path(word).name for word in lines if "libggml-cpu" in word}
        return f"{', '.join(sorted(names))}; {self.llama_print_system_info().decode().strip()}"


class Model:
    """A GGUF file, all of it in memory; its weights laid out for llama.cpp's own products (`repacked`), which
    other backends can not read, or as they are."""

    def __init__(self, library, path, repacked=True):
        self.library = library
        params = library.llama_model_default_params()
        params.n_gpu_layers = 0
        params.use_extra_bufts = repacked
        self.handle = library.llama_model_load_from_file(str(path).encode(), params)
        if not self.handle:
            sys.exit(f"{path}: llama.cpp can not load it")
        self.vocabulary = library.llama_model_get_vocab(self.handle)
        self.width = library.llama_model_n_embd(self.handle)

    def tokenize(self, text):
        """Token numbers, the beginning-of-text token first."""
        raw = text.encode()
        ids = np.empty(len(raw) + 8, np.int32)
        count = self.library.llama_tokenize(self.vocabulary, raw, len(raw), ids.ctypes.data, len(ids),
                                            True, False)
        if count < 0:
            sys.exit(f"llama.cpp can not tokenize {text!r}")
        return ids[:count]

    def close(self):
        self.library.llama_model_free(self.handle)


class Encoder:
    """The last token's state after the final norm, not normalised, of texts given as tokens.

    `batch` 0 takes one text after another; else several to a call, as many as fit into `batch` tokens.
    Two ways to the states:
      "embeddings"  llama.cpp's own. It then also computes the logits of every token.
      "callback"    a context for logits of last tokens alone, and a look at the tensor before the logits, by
                    the callback that llama.cpp calls for each tensor; it ends the computation there. Not what
                    anybody does, but there is no shorter way to the states.
      "unrounded"   with libraries that have the BLAS backend and a model that is not repacked: all products of
                    enough rows for it, those of the last layer too (which otherwise takes the last tokens
                    alone), and keys and values kept as floats instead of halves. Slow.
    """

    def __init__(self, model, threads, way, batch, longest):
        self.model, self.library, self.way, self.batch = model, model.library, way, batch
        size = max(batch, longest)
        most = min(self.library.llama_max_parallel_sequences(), size)
        self.most_texts = most if batch else 1
        params = self.library.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = size
        params.n_seq_max = self.most_texts
        params.n_threads = params.n_threads_batch = threads
        params.pooling_type, params.attention_type = POOLING_NONE, ATTENTION_CAUSAL
        params.kv_unified = True
        params.embeddings = way == "embeddings"
        self.callback = EvalCallback(self.look)  # must live as long as the context
        if way != "embeddings":
            params.cb_eval = self.callback
        if way == "unrounded":
            params.type_k = params.type_v = TYPE_F32
        self.size = size
        self.states = None
        self.handle = self.library.llama_init_from_model(model.handle, params)
        if not self.handle:
            sys.exit("llama.cpp can not make a context")
        self.memory = self.library.llama_get_memory(self.handle)

    @property
    def name(self):
        texts = f"up to {self.batch} tokens a call" if self.batch else "one text a call"
        return f"{self.way}, {texts}"

    def look(self, tensor, ask, _):
        if self.library.ggml_get_name(tensor) != b"result_norm":
            return not ask
        if ask:
            return True
        states = np.empty((self.library.ggml_nbytes(tensor) // (4 * self.model.width),
                           self.model.width), np.float32)
        self.library.ggml_backend_tensor_get(tensor, states.ctypes.data, 0, states.nbytes)
        self.states = states
        return False  # the logits are not needed

    def batches(self, texts):
        """Neighbours that go together."""
        group, tokens = [], 0
        for text in texts:
            if group and (tokens + len(text) > self.size or len(group) == self.most_texts):
                yield group
                group, tokens = [], 0
            group.append(text)
            tokens += len(text)
        if group:
            yield group

    def encode(self, texts):
        """[texts, width]"""
        return np.concatenate([self.encode_batch(self.filled(group))[:len(group)]
                               for group in self.batches(texts)])

    def filled(self, texts):
        """With its last text again and again, if there are too few rows not to be rounded."""
        missing = BLAS_ROWS - sum(map(len, texts)) if self.way == "unrounded" else 0
        return texts + [texts[-1]] * -(-max(missing, 0) // len(texts[-1]))

    def encode_batch(self, texts):
        ids = np.concatenate(texts).astype(np.int32)
        lengths = [len(text) for text in texts]
        last = np.cumsum(lengths) - 1
        positions = np.concatenate([np.arange(n, dtype=np.int32) for n in lengths])
        counts = np.ones(len(ids), np.int32)
        numbers = np.arange(len(texts), dtype=np.int32)
        places = numbers.ctypes.data + 4 * np.repeat(numbers, lengths).astype(np.uint64)
        output = np.zeros(len(ids), np.int8)
        output[last] = 1
        if self.way != "callback":
            output[:] = 1
        batch = Batch(len(ids), ids.ctypes.data, None, positions.ctypes.data, counts.ctypes.data,
                      places.ctypes.data, output.ctypes.data)
        self.library.llama_memory_clear(self.memory, False)
        self.states = None
        if self.library.llama_decode(self.handle, batch) != 0:
            sys.exit("llama.cpp can not decode")
        if self.way != "embeddings":
            if self.states is None or len(self.states) != np.count_nonzero(output):
                sys.exit("llama.cpp: no states before the logits")
            return self.states if self.way == "callback" else self.states[last]
        width = self.model.width
        return np.stack([np.ctypeslib.as_array(self.library.llama_get_embeddings_ith(
            self.handle, int(i)), (width,)).copy() for i in last])

    def close(self):
        self.library.llama_free(self.handle)


def main():
    parser = argparse.ArgumentParser(description="Vectors of texts by llama.cpp without rounding.")
    for name in ("folder", "model", "tokens", "vectors"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    library = Library(args.folder)
    if not list(args.folder.glob("libggml-blas*")):
        sys.exit(f"{args.folder}: no libggml-blas; the head of llama_cpp.py says how to build it")
    texts = [np.array(text, np.int32) for text in json.loads(args.tokens.read_text())]
    model = Model(library, args.model, repacked=False)
    encoder = Encoder(model, args.threads, "unrounded", 512, max(map(len, texts)))
    np.save(args.vectors, encoder.encode(texts))
    encoder.close()
    model.close()


if __name__ == "__main__":
    main()
