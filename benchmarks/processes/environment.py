"""What the libraries of a process are told through its environment, before they are loaded."""

_BLOCK = 1 << 32

# Results do not depend on the number of cores, and processes beside each other do not compete.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

WORKER_ENVIRONMENT = {
    **ONE_THREAD,
    # every batch, and every track, needs the same large blocks; glibc would unmap and map them anew each time
    "MALLOC_MMAP_THRESHOLD_": str(_BLOCK),
    "MALLOC_TRIM_THRESHOLD_": str(2 * _BLOCK),
    # one heap for all of TensorFlow's threads, which would else hold blocks of their own: 79 MiB of the 2D CNN's
    "MALLOC_ARENA_MAX": "1",
    # by itself TensorFlow uses oneDNN on processors with AVX-512 only; on others the 2D CNN takes 1.5 times as long
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
