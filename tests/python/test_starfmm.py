# SPDX-License-Identifier: BSD-3-Clause
"""The Python module against sums by numpy, and its manners: threads, signals, memory, forks."""
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

import numpy as np

import starfmm

FOUR_PI = 4 * np.pi


def sums(targets, sources, charges, kappa=0.0):
    """Potentials and gradients of exp(-kappa r) / (4 pi r), one pair after the other."""
    d = targets[:, None, :] - sources[None, :, :]
    r = np.sqrt((d**2).sum(axis=2))
    with np.errstate(divide="ignore", invalid="ignore"):
        g = np.where(r > 0, np.exp(-kappa * r) / (FOUR_PI * r), 0)
        slope = np.where(r > 0, -g * (1 + kappa * r) / r**2, 0)
    return g @ charges, np.einsum("ts,tsd,s...->t...d", slope, d, charges)


def error(value, reference):
    return np.linalg.norm(value - reference) / np.linalg.norm(reference)


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Module(unittest.TestCase):
    def setUp(self):
        random = np.random.default_rng(7)
        self.points = random.random((2000, 3))
        self.charges = random.uniform(-1, 1, 2000)
        self.vectors = random.uniform(-1, 1, (2000, 3))

    def test_potentials_and_gradients(self):
        plan = starfmm.Plan(self.points, digits=8, gradient=True)
        phi, grad = plan(self.charges)
        reference, slope = sums(self.points, self.points, self.charges)
        self.assertEqual((phi.shape, grad.shape), ((2000,), (2000, 3)))
        self.assertLess(error(phi, reference), 1e-7)
        self.assertLess(error(grad, slope), 1e-6)
        self.assertEqual(plan(self.charges, gradient=False).shape, phi.shape)

    def test_components(self):
        """Vectors and complex numbers: dimensions at the end, and complex arrays."""
        dipoles = np.random.default_rng(3).uniform(-1, 1, (2000, 2, 3))
        plan = starfmm.Plan(self.points, digits=6, sources="dipole")
        both, one = plan(dipoles), plan(dipoles[:, 1])
        self.assertEqual((both.shape, one.shape), ((2000, 2), (2000,)))
        self.assertLess(error(both[:, 1], one), 1e-6)
        h = 1e-3  # a dipole is a pair of charges
        half = h / 2 * dipoles[:, 1]
        pair = np.concatenate([self.points + half, self.points - half])
        far = self.points[:50] + 3
        charges = np.repeat([1 / h, -1 / h], 2000)
        self.assertLess(error(plan.at(far), sums(far, pair, charges)[0]), 1e-4)
        plan = starfmm.Plan(self.points, digits=5, kernel="stokes", targets="velocity")
        self.assertEqual(plan(np.ones((2000, 3))).shape, (2000, 3))
        product = plan.as_linear_operator()
        self.assertEqual(product.shape, (6000, 6000))
        self.assertLess(error(product @ np.ones(6000), plan(np.ones((2000, 3))).ravel()), 1e-9)
        plan = starfmm.Plan(self.points, digits=5, kernel="helmholtz", params=2.0, gradient=True)
        phi, grad = plan(self.charges * (1 + 2j))
        self.assertEqual((phi.dtype, grad.shape), (np.complex128, (2000, 3)))
        d = np.linalg.norm(self.points[:1] - self.points[1:], axis=1)
        exact = np.exp(2j * d) / (FOUR_PI * d) @ (self.charges[1:] * (1 + 2j))
        self.assertLess(abs(phi[0] - exact) / np.abs(phi).max(), 1e-4)

    def test_several_vectors_and_targets(self):
        targets = np.random.default_rng(8).random((700, 3))
        plan = starfmm.Plan(self.points, targets, digits=8, gradient=True)
        phi, grad = plan(self.vectors)
        reference, slope = sums(targets, self.points, self.vectors)
        self.assertEqual((phi.shape, grad.shape), ((700, 3), (700, 3, 3)))
        self.assertLess(error(phi, reference), 1e-7)
        self.assertLess(error(grad, slope), 1e-6)

    def test_other_targets_and_moves(self):
        others = np.random.default_rng(9).uniform(-0.5, 1.5, (300, 3))
        plan = starfmm.Plan(self.points, digits=8)
        with self.assertRaisesRegex(starfmm.Error, "evaluation"):
            plan.at(others)
        plan(self.charges)
        self.assertLess(error(plan.at(others), sums(others, self.points, self.charges)[0]), 1e-7)
        moved = self.points[:1500] + 0.1
        plan.move(moved)
        phi = plan(self.charges[:1500])
        self.assertLess(error(phi, sums(moved, moved, self.charges[:1500])[0]), 1e-7)

    def test_kernels_and_options(self):
        plan = starfmm.Plan(self.points, kernel="yukawa", params=3.0, digits=7)
        self.assertLess(
            error(plan(self.charges), sums(self.points, self.points, self.charges, 3.0)[0]), 1e-6
        )
        self.assertTrue(np.all(starfmm.Plan(self.points, kernel="count")(np.ones(2000)) == 2000))
        self.assertRaisesRegex(TypeError, "digits", starfmm.Plan, self.points, digit=6)
        self.assertRaisesRegex(ValueError, "'laplace'", starfmm.Plan, self.points, kernel="lapace")
        with self.assertRaisesRegex(starfmm.Error, "digits"):
            starfmm.Plan(self.points, digits=99)

    def test_every_option_of_the_library(self):
        """The struct of the module is that of the library, field by field."""
        room = starfmm._room[0]
        self.assertEqual(room, starfmm.ctypes.sizeof(starfmm._Options))
        plan = starfmm.Plan(
            self.points,
            precision="float",
            kernel="yukawa",
            params=[0.5],
            digits=np.int64(3),
            n_crit=33,
            group_size=9,
            max_depth=5,
            balance=False,
            gradient=True,
            deterministic=True,
            m2l="dense",
            sources="charge",
            targets="gradient",
        )
        info = plan.info
        expected = dict(precision="float", kernel="yukawa", digits=3, n_crit=33, group_size=9,
                        max_depth=5, balanced=0, gradient=1, deterministic=1, m2l="dense",
                        n_sources=2000, n_targets=2000)  # fmt: skip
        self.assertEqual({name: info[name] for name in expected}, expected)
        self.assertEqual(starfmm.Plan(self.points, order=5, check_order=7).info["check_order"], 7)
        self.assertGreater(info["memory_bytes"], 10000)
        self.assertIn(info["isa"], ("portable", "avx2", "avx512"))
        self.assertGreaterEqual(info["u"]["max"], 1)
        self.assertGreater(info["setup_seconds"], 0)

    def test_timeline(self):
        plan = starfmm.Plan(self.points, n_crit=50)
        plan(self.charges)
        t = plan.timeline
        self.assertEqual(len(t), plan.info["n_tasks"])
        self.assertTrue(np.all(t["end"] >= t["start"]))
        self.assertIn("P2P", [starfmm.OPERATORS[i] for i in t["operator"]])

    def test_write(self):
        path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"plan-{os.getpid()}.h5")
        plan = starfmm.Plan(self.points)
        plan.write(path)
        with open(path, "rb") as file:
            self.assertEqual(file.read(4), b"\x89HDF")
        os.unlink(path)
        with self.assertRaisesRegex(starfmm.Error, "no/such"):
            plan.write("/no/such/folder/x")

    def test_direct(self):
        rows = [5, 0, 1999]
        phi, grad = starfmm.direct(self.points, self.vectors, rows=rows, gradient=True)
        reference, slope = sums(self.points[rows], self.points, self.vectors)
        self.assertLess(error(phi, reference), 1e-14)
        self.assertLess(error(grad, slope), 1e-12)

    def test_direct_of_every_kind(self):
        """Complex numbers and vectors: what the plan says, and identities."""
        rows = [3, 77]
        charges = self.charges + 1j * self.charges[::-1]
        phi, grad = starfmm.direct(
            self.points, charges, rows=rows, kernel="helmholtz", params=0.0, targets="gradient"
        )
        reference, slope = sums(self.points[rows], self.points, charges)
        self.assertLess(error(phi, reference), 1e-14)
        self.assertLess(error(grad, slope), 1e-12)
        dipoles = np.random.default_rng(2).random((2000, 2, 3))
        for k in (dipoles, dipoles[:, 0]):
            phi, hessian = starfmm.direct(
                self.points, k, rows=rows, sources="dipole", targets="hessian"
            )
            self.assertEqual(phi.shape, (2, *k.shape[1:-1]))
            self.assertEqual(hessian.shape, (2, *k.shape[1:-1], 9))
            trace = hessian[..., 3] + hessian[..., 6] + hessian[..., 8]
            self.assertLess(abs(trace).max(), 1e-10 * abs(hessian).max())
        forces = dipoles.astype(np.float32)
        plan = starfmm.Plan(self.points, kernel="stokes", digits=3, precision="float")
        velocities = starfmm.direct(
            self.points, forces, rows=rows, kernel="stokes", precision="float"
        )
        self.assertEqual(velocities.dtype, np.float64)
        self.assertLess(error(plan(forces)[rows], velocities), 1e-2)
        with self.assertRaises(ValueError):
            starfmm.direct(self.points, self.charges, kernel="stokes")

    def test_documented(self):
        public = [getattr(starfmm, name) for name in ("Plan", "Error", "direct", "start")]
        public += [value for name, value in vars(starfmm.Plan).items() if name[0] != "_"]
        self.assertGreaterEqual(len(public), 12)
        for value in public:
            self.assertTrue(value.__doc__, value)

    def test_arrays(self):
        """Copied or refused as the module says."""
        plan = starfmm.Plan(self.points, digits=6, deterministic=True)
        phi = plan(self.charges)
        twice = np.zeros((2000, 2))
        twice[:, 0] = self.charges
        for same in (twice[:, 0], list(self.charges), self.charges.astype(">f8")):
            self.assertTrue(np.array_equal(plan(same), phi))
        fortran = np.asfortranarray(self.points)
        again = starfmm.Plan(fortran, digits=6, deterministic=True)
        self.assertTrue(np.array_equal(again(self.charges), phi))
        for wrong in (self.charges[:-1], 1.0, twice.T, np.zeros((2000, 2, 1))):
            self.assertRaises(ValueError, plan, wrong)
        self.assertRaises(starfmm.Error, plan, np.zeros((2000, 0)))
        for wrong in (self.charges + 1j, np.array(["a"] * 2000), np.array([None] * 2000)):
            self.assertRaises(TypeError, plan, wrong)
        for wrong in (self.points[:, :2], self.points.ravel(), np.zeros((0, 2))):
            self.assertRaises(ValueError, starfmm.Plan, wrong)
        self.assertRaises(TypeError, starfmm.Plan, self.points + 1j)
        with self.assertRaisesRegex(starfmm.Error, "charge row 3 of 2000"):
            bad = self.charges.copy()
            bad[3] = np.nan
            plan(bad)
        self.assertEqual(starfmm.Plan(np.zeros((0, 3)))([]).shape, (0,))

    def test_out(self):
        """Results are written where the caller says, without a copy."""
        plan = starfmm.Plan(self.points, gradient=True, precision="float", deterministic=True)
        phi, grad = np.zeros(2000, np.float32), np.zeros((2000, 3), np.float32)
        result = plan(self.charges, out=(phi, grad))
        self.assertTrue(result[0] is phi and result[1] is grad and phi.any() and grad.any())
        only = np.zeros(2000, np.float32)
        self.assertTrue(plan(self.charges, gradient=False, out=only) is only and only.any())
        for wrong in (np.zeros(2000), phi[:-1], np.zeros(4000, np.float32)[::2], [0] * 2000):
            with self.assertRaisesRegex(ValueError, "out"):
                plan(self.charges, gradient=False, out=wrong)

    def test_order_and_accumulate(self):
        plan = starfmm.Plan(self.points, self.points[:500], gradient=True, deterministic=True)
        phi, grad = plan(self.charges)
        sources, targets = plan.order
        ordered = plan(self.charges[sources], tree_order=True)
        self.assertTrue(np.array_equal(ordered[0], phi[targets]))
        self.assertTrue(np.array_equal(ordered[1], grad[targets]))
        plan(self.charges, out=(phi, grad), accumulate=True)
        self.assertTrue(np.array_equal(phi[targets], ordered[0] + ordered[0]))
        self.assertTrue(np.array_equal(grad[targets], ordered[1] + ordered[1]))
        self.assertRaisesRegex(ValueError, "out", plan, self.charges, accumulate=True)

    def test_nothing_leaks(self):
        points, charges = self.points[:200], self.charges[:200]
        plan = starfmm.Plan(points, digits=3, gradient=True)
        others = points + 0.1

        def calls(n):
            for i in range(n):
                plan(charges)
                if i % 10 == 0:
                    plan.at(others)
                    plan.timeline
                    starfmm.Plan(points, digits=3)(charges)

        calls(1000)
        before = resident_bytes()
        calls(10000)
        self.assertLess(resident_bytes() - before, 4e6)

    def test_another_thread_runs_meanwhile(self):
        plan = starfmm.Plan(np.random.default_rng(1).random((200_000, 3)), digits=9)
        charges = np.ones(200_000)
        plan(charges)
        ticks, stop = [], threading.Event()

        def count():
            while not stop.is_set():
                ticks.append(time.monotonic())
                time.sleep(0.001)

        thread = threading.Thread(target=count)
        thread.start()
        begin = time.monotonic()
        plan(charges)
        end = time.monotonic()
        stop.set()
        thread.join()
        inside = [t for t in ticks if begin < t < end]
        self.assertGreater(len(inside), 5)

    def test_threads_share_a_plan(self):
        plan = starfmm.Plan(self.points, deterministic=True)
        expected, results = plan(self.vectors), {}

        def evaluate(i):
            results[i] = plan(self.vectors)

        threads = [threading.Thread(target=evaluate, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(all(np.array_equal(results[i], expected) for i in range(4)))

    def test_interrupt(self):
        """Ctrl-C in the middle: out at once, and the plan as good as before."""
        random = np.random.default_rng(2)
        plan = starfmm.Plan(random.random((300_000, 3)), digits=11, deterministic=True)
        charges = random.random(300_000)
        expected = plan(charges)
        for _ in range(3):
            sent = []

            def interrupt():
                time.sleep(0.15)
                sent.append(time.monotonic())
                os.kill(os.getpid(), signal.SIGINT)

            threading.Thread(target=interrupt).start()
            with self.assertRaises(KeyboardInterrupt):
                while True:
                    plan(charges)
            self.assertLess(time.monotonic() - sent[0], 0.2)
        self.assertTrue(np.array_equal(plan(charges), expected))

    def test_interrupt_while_a_plan_is_made(self):
        points = np.random.default_rng(3).random((1_000_000, 3))
        sent = []

        def interrupt():
            time.sleep(0.05)
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        with self.assertRaises(KeyboardInterrupt):
            thread.start()
            while True:
                starfmm.Plan(points)
        self.assertLess(time.monotonic() - sent[0], 0.2)
        starfmm.Plan(self.points)(self.charges)

    def test_progress(self):
        seen = []
        plan = starfmm.Plan(self.points, n_crit=20, progress=lambda *done: seen.append(done))
        plan(self.charges)
        self.assertEqual(seen[-1], (plan.info["n_tasks"],) * 2)

        def refuse(done, total):
            raise RuntimeError("enough")

        plan = starfmm.Plan(self.points, progress=refuse)
        self.assertRaisesRegex(RuntimeError, "enough", plan, self.charges)
        code = (
            "import numpy as np, starfmm\n"
            "starfmm.Plan(np.random.rand(5000, 3), progress=True)(np.ones(5000))"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        self.assertIn("100 %", run.stderr)
        self.assertEqual((run.stdout, run.returncode), ("", 0))

    def test_forked_worker(self):
        plan = starfmm.Plan(self.points)
        plan(self.charges)
        queue = multiprocessing.get_context("fork").Queue()

        def work():
            try:
                plan(self.charges)
            except starfmm.Error as problem:
                queue.put((problem.status, str(problem)))

        process = multiprocessing.get_context("fork").Process(target=work)
        process.start()
        status, message = queue.get(timeout=60)
        process.join()
        self.assertEqual(status, starfmm.Error.ERUNTIME)
        self.assertRegex(message, "fork.*'spawn'")
        plan(self.charges)

    def test_gmres(self):
        """The boundary integral equation of tests/examples/gmres.c, by SciPy."""
        try:
            from scipy.sparse.linalg import LinearOperator, gmres
        except ImportError:
            self.skipTest("no scipy: apt install python3-scipy")
        n, sigma = 500, 0.5
        i = np.arange(n) + 0.5
        z, angle = 1 - 2 * i / n, np.pi * (1 + 5**0.5) * i
        radius = np.sqrt(1 - z * z)
        points = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1)
        product = starfmm.Plan(points, digits=12).as_linear_operator()
        weight = FOUR_PI / n
        system = LinearOperator((n, n), lambda u: sigma * u + weight * (product @ u))
        b = 1 + points[:, 2]
        residuals = []
        u, failed = gmres(system, b, tol=1e-10, atol=0, callback=residuals.append,
                          callback_type="pr_norm")  # fmt: skip
        matrix = sigma * np.eye(n) + weight * sums(points, points, np.eye(n))[0]
        self.assertEqual(failed, 0)
        self.assertLess(len(residuals), 20)
        self.assertLess(error(matrix @ u, b), 1e-9)
        self.assertLess(error(product.T @ b, product @ b), 1e-12)
        self.assertLess(error(product @ np.eye(n), (matrix - sigma * np.eye(n)) / weight), 1e-10)

    def test_close(self):
        with starfmm.Plan(self.points) as plan:
            plan(self.charges)
        self.assertRaisesRegex(starfmm.Error, "plan is NULL", plan, self.charges)

    def test_version(self):
        header = os.path.join(os.path.dirname(__file__), "../../include/starfmm.h")
        with open(header) as file:
            text = file.read()
        parts = [text.split(f"STARFMM_VERSION_{p} ")[1].split()[0]
                 for p in ("MAJOR", "MINOR", "PATCH")]  # fmt: skip
        self.assertEqual(starfmm.__version__, ".".join(parts))
        self.assertEqual(starfmm._NAME, "libstarfmm.so." + ".".join(parts[:2]))


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    sys.exit(77 if result.skipped and result.wasSuccessful() else not result.wasSuccessful())
