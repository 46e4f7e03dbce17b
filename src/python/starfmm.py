# SPDX-License-Identifier: BSD-3-Clause
"""Fast multipole sums of millions of charges: the C library starfmm, with numpy arrays.

    import numpy as np, starfmm

    points = np.random.rand(1_000_000, 3)
    plan = starfmm.Plan(points, digits=6, gradient=True)
    phi, grad = plan(np.random.rand(1_000_000))

A plan holds all that depends on the points; it is called with charges, any number of times.
Arrays that are contiguous and of the plan's precision are used where they lie; others are
copied first (lists, integers, slices, the other precision), and what is no array of real
numbers of the right shape is refused.  Results are new arrays, or those given as `out`.

Other threads of Python run meanwhile.  Ctrl-C ends an evaluation at once; the plan is as good
as before.  Failures are starfmm.Error, with the library's message.  StarPU is started with the
first plan and stopped at exit; start(workers) does so earlier.  Workers of multiprocessing must
come from "spawn": StarPU's threads do not survive a fork.

What options mean, and what the sums are: /usr/include/starfmm.h.
"""
import atexit
import ctypes
import os
import sys
import threading
import time
from ctypes import byref, c_char, c_char_p, c_double, c_int, c_size_t, c_void_p
from math import prod
from pathlib import Path

import numpy as np

__all__ = ["Plan", "Error", "direct", "start", "OPERATORS", "__version__"]

# ---- the library's structs ---------------------------------------------------------------

_SWITCH = {None: 0, True: 1, False: 2}
_PRECISION = {"double": 0, "float": 1}
_KERNEL = {"laplace": 0, "yukawa": 1, "count": 2, "stokes": 3, "helmholtz": 4, "elasticity": 5}
_GRADE = {"ordinary": 0, "strict": 1}
_M2L = {"auto": 0, "fourier": 1, "dense": 2}

# Of starfmm_options, in its order: name, C type, and the words that stand for numbers.
_OPTIONS = [
    ("precision", c_int, _PRECISION),
    ("kernel", c_int, _KERNEL),
    ("params", c_double * 4, None),  # a number, or up to four
    ("digits", c_int, None),
    ("order", c_int, None),
    ("check_order", c_int, None),
    ("n_crit", c_int, None),
    ("group_size", c_int, None),
    ("max_depth", c_int, None),
    ("balance", c_int, _SWITCH),
    ("gradient", c_int, _SWITCH),
    ("deterministic", c_int, _SWITCH),
    ("m2l", c_int, _M2L),
    ("sources", c_char_p, None),  # kinds by name
    ("targets", c_char_p, None),
    ("tolerance", c_double, None),
    ("grade", c_int, _GRADE),
]


class _Options(ctypes.Structure):
    _fields_ = [("size", c_size_t)] + [(name, ctype) for name, ctype, _ in _OPTIONS]


class _ListStats(ctypes.Structure):
    _fields_ = [("mean_all", c_double), ("mean_leaves", c_double), ("max", c_int)]


class _Info(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("n_sources", c_size_t),
        ("n_targets", c_size_t),
        *((name, c_int) for name in ("precision", "kernel", "digits", "order", "check_order")),
        *((name, c_int) for name in ("n_crit", "max_depth", "balanced", "deterministic")),
        *((name, c_int) for name in ("gradient", "m2l", "n_groups", "group_size", "depth")),
        ("n_nodes", c_size_t),
        ("n_leaves", c_size_t),
        ("root_centre", c_double * 3),
        ("root_half_side", c_double),
        *((name, _ListStats) for name in "uvwx"),
        ("n_tasks", c_size_t),
        ("memory_bytes", c_size_t),
        ("isa", c_char * 16),
        *((name + "_seconds", c_double) for name in ("tree", "operators", "setup")),
        ("sources", c_char_p),
        ("targets", c_char_p),
        *((name + "_components", c_int) for name in ("charge", "potential", "gradient")),
        ("tolerance", c_double),
        ("grade", c_int),
    ]


_COMPLEX = {"helmholtz"}  # kernels whose numbers are complex: here, too
_SYMMETRIC = {"laplace", "yukawa", "count"}  # real, and K(x, y) = K(y, x)
_INFO_WORDS = {"precision": _PRECISION, "kernel": _KERNEL, "m2l": _M2L, "grade": _GRADE}
_RECORD = np.dtype(
    [(name, np.intc) for name in ("operator", "level", "group", "worker")]
    + [("start", float), ("end", float)]
)
_TREE_ORDER, _ACCUMULATE = 1, 2
_Progress = ctypes.CFUNCTYPE(c_int, c_size_t, c_size_t, c_void_p)

# ---- the library -------------------------------------------------------------------------

_NAME = "libstarfmm.so.0.1"


def _load():
    """The library of the same installation or build folder as this file, else the system's."""
    for folder in Path(__file__).resolve().parents[:3]:
        for found in [*folder.glob(_NAME), *folder.glob("*/" + _NAME)]:
            return ctypes.CDLL(str(found))
    return ctypes.CDLL(_NAME)


_library = _load()
for _name, _types in {
    "starfmm_options_init": (c_void_p,),
    "starfmm_runtime_start": (c_int,),
    "starfmm_plan_create": (c_void_p, c_void_p) + (c_size_t, c_void_p) * 2,
    "starfmm_plan_move": (c_void_p,) + (c_size_t, c_void_p) * 2,
    "starfmm_plan_destroy": (c_void_p,),
    "starfmm_plan_cancel": (c_void_p,),
    "starfmm_plan_set_progress": (c_void_p, _Progress, c_void_p),
    "starfmm_plan_get_info": (c_void_p, c_void_p),
    "starfmm_plan_get_timeline": (c_void_p, c_size_t, c_void_p, c_void_p),
    "starfmm_plan_write": (c_void_p, c_char_p),
    "starfmm_plan_get_order": (c_void_p,) * 5,
    "starfmm_evaluate_with": (c_void_p, ctypes.c_uint, c_size_t, c_void_p, c_void_p, c_void_p),
    "starfmm_evaluate_at": (c_void_p, c_size_t, c_size_t, c_void_p, c_void_p, c_void_p),
    "starfmm_direct": (c_void_p,) + (c_size_t, c_void_p) * 4 + (c_void_p,) * 2,
}.items():
    getattr(_library, _name).argtypes = _types
for _name in ("version", "last_error", "status_string", "operator_name"):
    getattr(_library, "starfmm_" + _name).restype = c_char_p

_room = (c_size_t * 512)()  # whatever the library's options have grown to
_library.starfmm_options_init(_room)
if _room[0] < ctypes.sizeof(_Options):
    raise ImportError(f"{_library._name} is older than {__file__}")

__version__ = _library.starfmm_version().decode()
#: Names of the operators, by the number that a timeline has for them.
OPERATORS = []
while _library.starfmm_operator_name(len(OPERATORS)):
    OPERATORS.append(_library.starfmm_operator_name(len(OPERATORS)).decode())


class Error(RuntimeError):
    """A call of the library failed; `status` is its starfmm_status."""

    ERUNTIME = 7

    def __init__(self, status):
        kind = _library.starfmm_status_string(status).decode()
        message = _library.starfmm_last_error().decode() or kind
        if status == Error.ERUNTIME and _started_by not in (None, os.getpid()):
            message += "; in multiprocessing choose the start method 'spawn'"
        super().__init__(f"{message} ({kind})")
        self.status = status


def _call(name, *arguments):
    """The message of a failure is of this thread, so it is read here."""
    status = getattr(_library, name)(*arguments)
    if status:
        raise Error(status)


_started_by = None  # the process that started StarPU


def start(workers=0):
    """Start StarPU with so many CPU workers (0: one per core), unless it runs already."""
    global _started_by
    if _started_by is None:
        _call("starfmm_runtime_start", workers)
        _started_by = os.getpid()
        atexit.register(_library.starfmm_runtime_stop)


def _run(work, cancel=None, tick=None):
    """What work() returns, while signals are handled: Python does that in its main thread,
    which would see none inside the library.  So a thread of its own calls the library, and this
    one waits.  An exception meanwhile (KeyboardInterrupt) calls cancel() and waits for the end;
    without cancel the work is left to itself.  tick() is called now and then, and at
    the end."""
    if tick is None and threading.current_thread() is not threading.main_thread():
        return work()
    outcome, ended = [], threading.Event()

    def call():
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))
        ended.set()

    thread = threading.Thread(target=call, name="starfmm")
    try:
        thread.start()
        while not ended.wait(0.05):  # the signal may have woken another thread than this
            if tick:
                tick()
        if tick:
            tick()
    except BaseException:
        while cancel and thread.ident and not ended.is_set():
            try:  # until it has begun there is nothing to cancel; a second Ctrl-C waits, too
                cancel()
                ended.wait(0.01)
            except KeyboardInterrupt:
                pass
        raise
    value, error = outcome.pop()
    if error:
        raise error
    return value


# ---- arguments ---------------------------------------------------------------------------


def _options(values):
    options = _Options(size=ctypes.sizeof(_Options))
    rows = {name: (ctype, words) for name, ctype, words in _OPTIONS}
    for name, value in values.items():
        if name not in rows:
            raise TypeError(f"no option {name!r}; there are {', '.join(rows)}")
        ctype, words = rows[name]
        if words and isinstance(value, str) and value not in words:
            raise ValueError(f"{name}={value!r}; it may be {', '.join(map(repr, words))}")
        if words and value in words:
            value = words[value]
        if ctype is c_char_p and value is not None:
            value = value.encode()
        if name == "params":
            value = ctype(*np.atleast_1d(value).tolist())
        setattr(options, name, value)
    return options


def _array(value, what, dtype, shapes):
    """As a C-contiguous array of dtype, copied only where it is none, of one of these shapes,
    in which -1 is any length."""
    array = np.asarray(value)
    if array.dtype.kind not in ("biufc" if np.dtype(dtype).kind == "c" else "biuf"):
        raise TypeError(f"{what} are {array.dtype}, not {np.dtype(dtype)}")
    if not any(
        array.ndim == len(shape) and all(b in (-1, a) for a, b in zip(array.shape, shape))
        for shape in shapes
    ):
        shown = " or ".join(str(shape).replace("-1", "any") for shape in shapes)
        raise ValueError(f"{what} have shape {array.shape}, not {shown}")
    return np.ascontiguousarray(array, dtype)


def _output(array, what, dtype, shape):
    """A new array, or the caller's, which must be written where it lies."""
    if array is None:
        return np.empty(shape, dtype)
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.shape != shape:
        raise ValueError(f"out: {what} must be an array of {np.dtype(dtype)}, shape {shape}")
    if not (array.flags.c_contiguous and array.flags.writeable):
        raise ValueError(f"out: {what} must be contiguous and writeable")
    return array


def _pointer(array):
    return None if array is None else array.ctypes.data


def _points(value, what="points"):
    return _array(value, what, float, [(-1, 3)])


class _Bar:
    """A line on the terminal or in a notebook: the share that is done, and the time left."""

    def __init__(self):
        self.begin = time.monotonic()

    def __call__(self, done, total):
        share = done / total if total else 1
        seconds = time.monotonic() - self.begin
        left = f"{seconds / share - seconds:.1f} s left" if share else "          "
        end = f"{seconds:.1f} s       \n" if done == total else left + "  "
        bar = "#" * int(40 * share)
        print(f"\r[{bar:40}] {100 * share:3.0f} %  {end}", end="", file=sys.stderr, flush=True)


# ---- plans -------------------------------------------------------------------------------


class Plan:
    """Sums over sources at `points` (n x 3), felt at `target_points` (m x 3; None: at the
    sources).  Coordinates are copied.  `options` are the fields of starfmm_options by their
    names, for example digits=6, gradient=True, precision="float", kernel="yukawa", params=kappa,
    deterministic=True, n_crit=100; what is not given is chosen by the library.

    progress: True draws a bar while the plan evaluates; a function is called with the numbers
    of tasks that have ended and of all tasks, now and then, in the thread that evaluates; an
    exception there cancels the evaluation.

    One plan may be used by several threads at a time.  close(), or `with`, frees it early.
    """

    def __init__(self, points, target_points=None, *, progress=None, **options):
        self._plan = c_void_p()
        self._progress, self._done = progress, (0, 0)
        chosen = _options(options)
        self.dtype = np.dtype(np.float32 if chosen.precision else np.float64)
        if options.get("kernel") in _COMPLEX:
            self.dtype = np.result_type(self.dtype, np.complex64)
        start()
        sources, targets = self._sets(points, target_points)
        _run(lambda: self._create(chosen, sources, targets))
        info = self.info

        def dimension(name):
            n = info[name + "_components"] // (2 if self.dtype.kind == "c" else 1)
            return (n,) if n > 1 else ()

        # The last dimension of charges, potentials and gradients; single numbers have none.
        self._charge, self._potential = dimension("charge"), dimension("potential")
        self._slope = dimension("gradient")
        self._gradient = info["gradient_components"] > 0
        self._is_symmetric_kernel = info["kernel"] in _SYMMETRIC
        self._n_rhs = ()

    @staticmethod
    def _sets(points, target_points):
        points = _points(points)
        targets = None if target_points is None else _points(target_points, "target_points")
        return points, targets

    # Where nobody waits for it any more, the last reference to self goes here, and the plan too.
    def _create(self, options, *sets):
        _call("starfmm_plan_create", byref(self._plan), byref(options), *self._lengths(*sets))
        self._set_sizes(*sets)
        if self._progress:
            self._told = _Progress(self._tell)  # ctypes needs it kept
            _call("starfmm_plan_set_progress", self._plan, self._told, None)

    @staticmethod
    def _lengths(points, targets):
        n_targets = 0 if targets is None else len(targets)
        return len(points), _pointer(points), n_targets, _pointer(targets)

    def _set_sizes(self, points, targets):
        self.n_sources = len(points)
        self.n_targets = len(points if targets is None else targets)
        self._targets_are_sources = targets is None

    def _tell(self, done, total, payload):
        self._done = max(self._done[0], done), total  # workers may overtake each other here
        return 0

    def _charges(self, value, n):
        """As an array of one charge vector or several, and the length of that dimension: (k)."""
        value = _array(value, "charges", self.dtype, [(n, *self._charge), (n, -1, *self._charge)])
        return value, value.shape[1 : value.ndim - len(self._charge)]

    def move(self, points, target_points=None):
        """The same plan for other points: cheaper than a new one."""
        sets = self._sets(points, target_points)
        _call("starfmm_plan_move", self._plan, *self._lengths(*sets))
        self._set_sizes(*sets)

    def __call__(self, charges, gradient=None, out=None, tree_order=False, accumulate=False):
        """Potentials of charges (n), or of k vectors of them (n x k): an array (m), or (m x k).
        With gradients, which a plan made with gradient=True gives unless gradient=False: the
        pair of it and an array (m x 3), or (m x k x 3).  Where charges or results are vectors
        (dipoles, forces, velocities), their components are one more dimension at the end; what
        targets=... adds to the kernel's first kind is the second of the pair.  `out`: that array,
        or pair, to fill.  tree_order: all rows are in the order that `order` tells;
        accumulate: the results are added to `out`."""
        charges, self._n_rhs = self._charges(charges, self.n_sources)
        if accumulate and out is None:
            raise ValueError("accumulate: `out` is needed, to which the results are added")
        flags = _TREE_ORDER * bool(tree_order) | _ACCUMULATE * bool(accumulate)

        def work(k, phi, grad):
            to = _pointer(charges), phi, grad
            _call("starfmm_evaluate_with", self._plan, flags, k, *to)

        return self._evaluate(work, self._n_rhs, self.n_targets, gradient, out)

    def at(self, points, gradient=None, out=None):
        """The same at other points, from the expansions of the last call, whose charges are
        used again."""
        points = _points(points)

        def work(k, phi, grad):
            _call("starfmm_evaluate_at", self._plan, k, len(points), _pointer(points), phi, grad)

        return self._evaluate(work, self._n_rhs, len(points), gradient, out)

    def _evaluate(self, work, n_rhs, n_targets, gradient, out):
        gradient = self._gradient if gradient is None else gradient
        phi_out, grad_out = out if gradient and out is not None else (out, None)
        shape = (n_targets, *n_rhs)
        phi = _output(phi_out, "potentials", self.dtype, (*shape, *self._potential))
        grad = None
        if gradient:
            grad = _output(grad_out, "gradients", self.dtype, (*shape, *self._slope))
        k = n_rhs[0] if n_rhs else 1
        tick = None
        if self._progress:
            shown = _Bar() if self._progress is True else self._progress
            self._done = 0, 1
            tick = lambda: shown(*self._done)

        def call():
            work(k, _pointer(phi), _pointer(grad))
            self._done = self._done[1], self._done[1]

        _run(call, cancel=lambda: _library.starfmm_plan_cancel(self._plan), tick=tick)
        return (phi, grad) if gradient else phi

    def as_linear_operator(self):
        """The map of charges to potentials, for the solvers of scipy.sparse.linalg: components
        of a point are consecutive numbers of a vector."""
        from scipy.sparse.linalg import LinearOperator

        def apply(x):
            return self(x.reshape(self.n_sources, *self._charge), gradient=False).ravel()

        def apply_each(x):
            return np.stack([apply(column) for column in x.T], axis=1)

        wide = self._charge or self._potential
        product = apply_each if wide else lambda x: self(x, gradient=False)
        symmetric = self._is_symmetric_kernel and self._targets_are_sources and not wide
        return LinearOperator(
            (self.n_targets * prod(self._potential), self.n_sources * prod(self._charge)),
            matvec=apply,
            matmat=product,
            rmatvec=apply if symmetric else None,
            rmatmat=product if symmetric else None,
            dtype=self.dtype,
        )

    @property
    def info(self):
        """What the library chose, and the tree that it built (starfmm_info), as a dict."""
        info = _Info(size=ctypes.sizeof(_Info))
        _call("starfmm_plan_get_info", self._plan, byref(info))
        return {name: _plain(name, getattr(info, name)) for name, _ in _Info._fields_[1:]}

    @property
    def order(self):
        """The tree's order: two arrays, the rows of the sources and of the targets in it."""
        rows = np.empty(self.n_sources, np.uintp), np.empty(self.n_targets, np.uintp)
        _call("starfmm_plan_get_order", self._plan, *map(_pointer, rows), None, None)
        return rows

    @property
    def timeline(self):
        """When and where each task of the last evaluation ran: an array with the fields operator
        (an index into OPERATORS), level, group, worker, start and end (seconds)."""
        n = c_size_t()
        _call("starfmm_plan_get_timeline", self._plan, 0, None, byref(n))
        records = np.empty(n.value, _RECORD)
        _call("starfmm_plan_get_timeline", self._plan, n, _pointer(records), byref(n))
        return records

    def write(self, path):
        """Write tree, lists and groups to an HDF5 file."""
        _call("starfmm_plan_write", self._plan, os.fsencode(path))

    def close(self):
        """Free the plan now rather than with the last reference to it."""
        _call("starfmm_plan_destroy", self._plan)
        self._plan = c_void_p()

    def __del__(self, destroy=_library.starfmm_plan_destroy):
        if getattr(self, "_plan", None):
            destroy(self._plan)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def _plain(name, value):
    """A field of a struct as Python's own types."""
    if isinstance(value, _ListStats):
        return {field: getattr(value, field) for field, _ in _ListStats._fields_}
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, ctypes.Array):
        return list(value)
    for word, number in _INFO_WORDS.get(name, {}).items():
        if number == value:
            return word
    return value


def direct(points, charges, target_points=None, rows=None, **options):
    """The same sums one by one, in extended precision and one thread: to check by.  At the
    targets of these row numbers (None: all); always in double.  Options, and the dimensions of
    arrays, as of Plan."""
    chosen = _options(options)
    plan = Plan(np.empty((0, 3)), **options)  # tells the dimensions
    points, targets = Plan._sets(points, target_points)
    charges, n_rhs = plan._charges(charges, len(points))
    every = np.arange(len(points if targets is None else targets))
    rows = every if rows is None else np.atleast_1d(rows)
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise TypeError("rows are no vector of integers")
    rows = np.ascontiguousarray(rows, np.uintp)
    shape, dtype = (len(rows), *n_rhs), np.result_type(plan.dtype, float)
    phi = np.empty((*shape, *plan._potential), dtype)
    grad = np.empty((*shape, *plan._slope), dtype) if plan._gradient else None
    at_a_time = max(1, 2_000_000 // max(1, len(points)))  # Ctrl-C is seen between
    for i in range(0, len(rows), at_a_time):
        some = rows[i : i + at_a_time]
        to = _pointer(phi[i:]), None if grad is None else _pointer(grad[i:])
        sets = Plan._lengths(points, targets)
        _call("starfmm_direct", byref(chosen), *sets, *(n_rhs or (1,)), _pointer(charges),
              len(some), _pointer(some), *to)  # fmt: skip
    return phi if grad is None else (phi, grad)
