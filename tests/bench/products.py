#!/usr/bin/env python3
"""What multiplies rows by centres fastest on the processor: OpenBLAS, LibTorch or faiss, in one run.

    python3 tests/bench/products.py [--rows 100000] [--dim 384] [--centres 248] [--threads 2] [--rounds 7]

Needs faiss-cpu and numpy, a C++ compiler, and OpenBLAS and LibTorch with their headers (--torch FOLDER for a LibTorch
that is not the system's). Each of them in turn, round after round; of each the best round counts, and the one that kept
processors busy for the least time, which others on the machine hardly change:

    OpenBLAS product    cblas_sgemm of blocks of 512 rows, on threads of our own, each with one thread inside OpenBLAS,
                        as src/cluster does it
    LibTorch product    at::mm of all rows
    LibTorch nearest    at::mm of all rows, offsets - 2 products, and the smallest of each row
    faiss nearest       IndexFlatL2.search with one neighbour, which is a product as well and the smallest of each row

A machine whose processor an old OpenBLAS does not know needs OPENBLAS_CORETYPE in the environment, as the program sets
it for itself; the kernels in use are told.
"""
import argparse
import os
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import faiss
import numpy as np

PROGRAM = r"""
#include <cblas.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

int main(int, char** words) {
  const long rows = std::atol(words[1]), dim = std::atol(words[2]), centres = std::atol(words[3]);
  const int threads = std::atoi(words[4]);
  at::set_num_threads(threads);
  const at::Tensor x = at::randn({rows, dim}), c = at::randn({centres, dim}), b = at::randn({centres});
  std::vector<float> out(512 * centres * threads);
  const auto share = [&](int thread) {
    for (long first = 512L * thread; first < rows; first += 512L * threads) {
      const int count = static_cast<int>(std::min(512L, rows - first));
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, count, centres, dim, 1.0F,
                  x.data_ptr<float>() + first * dim, dim, c.data_ptr<float>(), dim, 0.0F,
                  out.data() + 512 * centres * thread, centres);
    }
  };
  const auto openblas = [&] {
    openblas_set_num_threads(1);
    std::vector<std::thread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(share, i);
    share(0);
    for (std::thread& other : others) other.join();
    openblas_set_num_threads(threads);
  };
  const auto product = [&] { at::mm(x, c.t()); };
  const auto nearest = [&] { at::mm(x, c.t()).mul_(-2).add_(b).min(1); };
  const std::vector<std::function<void()>> works{openblas, product, nearest};
  std::printf("%s\n", openblas_get_corename());
  std::fflush(stdout);
  // A line each time that one is asked for, with its number.
  for (int which; std::scanf("%d", &which) == 1;) {
    const std::clock_t before = std::clock();
    const auto begin = std::chrono::steady_clock::now();
    works[which]();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    const double on_processors = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    std::printf("%.6f %.6f\n", taken.count(), on_processors);
    std::fflush(stdout);
  }
}
"""


def built(folder, torch):
    source = folder / "products.cpp"
    source.write_text(PROGRAM)
    places = [f"-I{torch}/include", f"-L{torch}/lib", f"-Wl,-rpath,{torch}/lib"] if torch else []
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "openblas"], check=True, capture_output=True, text=True)
    subprocess.run(["c++", "-O2", "-std=c++17", source, "-o", folder / "products", *places, "-ltorch_cpu", "-lc10",
                    "-pthread", *flags.stdout.split()], check=True)
    return folder / "products"


class Program:
    def __init__(self, binary, options):
        words = [str(number) for number in (options.rows, options.dim, options.centres, options.threads)]
        self.process = subprocess.Popen([binary, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.kernels = self.process.stdout.readline().strip()

    def seconds(self, which):
        self.process.stdin.write(f"{which}\n")
        self.process.stdin.flush()
        return tuple(map(float, self.process.stdout.readline().split()))

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("rows", 100000), ("dim", 384), ("centres", 248), ("threads", 2), ("rounds", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--torch", type=Path)
    options = parser.parse_args()
    random = np.random.default_rng(0)
    rows = random.standard_normal((options.rows, options.dim), dtype=np.float32)
    faiss.omp_set_num_threads(options.threads)
    index = faiss.IndexFlatL2(options.dim)
    index.add(random.standard_normal((options.centres, options.dim), dtype=np.float32))

    def faiss_seconds():
        begin, before = perf_counter(), process_time()
        index.search(rows, 1)
        return perf_counter() - begin, process_time() - before

    with tempfile.TemporaryDirectory() as folder:
        program = Program(built(Path(folder), options.torch), options)
        works = {"OpenBLAS product": lambda: program.seconds(0), "LibTorch product": lambda: program.seconds(1),
                 "LibTorch nearest": lambda: program.seconds(2), "faiss nearest": faiss_seconds}
        rounds = [{name: work() for name, work in works.items()} for _ in range(options.rounds + 1)][1:]
        program.end()
    print(f"kernels of OpenBLAS: {program.kernels}; load {os.getloadavg()[0]:.1f}")
    operations = 2.0 * options.rows * options.dim * options.centres
    for name in works:
        seconds, busy = (min(each[name][i] for each in rounds) for i in (0, 1))
        print(f"{name:18s} {seconds:8.4f} s {operations / seconds / 1e9:8.1f} GFLOP/s {busy:8.4f} s of processors")


if __name__ == "__main__":
    main()
