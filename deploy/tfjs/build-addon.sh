#!/usr/bin/env bash
# Builds the native addon of @tensorflow/tfjs-node-gpu from packages of npm and PyPI alone, and puts it
# into PROJECT. The package's own install script downloads it from a host that not everybody reaches.
#
#   deploy/tfjs/build-addon.sh PROJECT
#
# PROJECT is a folder with a package.json, where lifelens is installed or will be. The package is
# installed there if it is missing. libtensorflow 2.9.1 comes out of Python's tensorflow-cpu, so it
# computes on the CPU.
#
# Needs Linux on x64, g++, and Python 3 with pip (the program $PYTHON, default python3). What is built
# is kept in build/tfjs; where it is complete nothing is downloaded or compiled.
set -euo pipefail

fail() {
  echo "build-addon: $*" >&2
  exit 1
}

(($# == 1)) || fail 'expected: build-addon.sh PROJECT'
[[ -f $1/package.json ]] || fail "$1 has no package.json"
[[ "$(uname -sm)" == 'Linux x86_64' ]] || fail "expected Linux on x86_64, not $(uname -sm)"
project=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}

version=4.22.0
headers=1.9.0
# What the compiler gets to see, and the libraries that it links.
sources="\
afd5599ee1662e732c00a0ad1f52a3d001bdc118a1f44bd592a0a0ebf2daa4c7  tensorflow-tfjs-node-gpu-$version.tgz
6cbfac49542194ae2c8f1dee5fa2dc00d66bec9cbf3b59e3a4e5f16d14eb0d19  node-api-headers-$headers.tgz"

# fetch FOLDER: the sources, and TensorFlow's libraries with their headers in FOLDER/tensorflow.
fetch() (
  cd "$1"
  npm pack --silent "@tensorflow/tfjs-node-gpu@$version" "node-api-headers@$headers" >/dev/null
  sha256sum --check --quiet <<<"$sources"
  mkdir package headers
  tar -xzf "tensorflow-tfjs-node-gpu-$version.tgz" -C package --strip-components=1
  tar -xzf "node-api-headers-$headers.tgz" -C headers --strip-components=1
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --python-version 3.10 --platform manylinux2014_x86_64 --require-hashes \
    --requirement "$here/libtensorflow.txt" --dest .
  "$python" - tensorflow*.whl <<'PYTHON'
import sys, zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    wanted = (
        "tensorflow/python/_pywrap_tensorflow_internal.so",
        "tensorflow/libtensorflow_framework.so.2",
        "tensorflow/include/tensorflow/c/",
        "tensorflow/include/tensorflow/core/platform/",
    )
    wheel.extractall(members=[name for name in wheel.namelist() if name.startswith(wanted)])
PYTHON
)

# absent_python LIBRARY: prints a program that defines the symbols of Python that LIBRARY wants.
#
# That library serves Python too, and does not load without them. Here is no Python: its objects are
# empty, and a call of one of its functions ends the process with the function's name.
absent_python() {
  local symbol
  cat <<'CXX'
#include <cstdio>
#include <cstdlib>
[[noreturn]] static void absent(const char* name) {
  std::fprintf(stderr, "libtensorflow called %s, but there is no Python here\n", name);
  std::abort();
}
extern "C" {
CXX
  nm --dynamic --undefined-only "$1" | awk '$2 ~ /^_?Py/ { print $2 }' | while read -r symbol; do
    case $symbol in
      # The largest, a type, has 408 bytes.
      *_Type | *Struct | PyExc_*) echo "alignas(16) char $symbol[512] = {};" ;;
      *) echo "void $symbol() { absent(\"$symbol\"); }" ;;
    esac
  done
  echo '}'
}

# compile FOLDER: makes FOLDER/built of what was fetched, laid out as in the package.
compile() (
  cd "$1"
  mkdir -p built/lib/napi-v8 built/deps/lib
  mv tensorflow/python/_pywrap_tensorflow_internal.so tensorflow/libtensorflow_framework.so.2 built/deps/lib/
  absent_python built/deps/lib/_pywrap_tensorflow_internal.so >absent-python.cc
  # shellcheck disable=SC2016 # the loader replaces $ORIGIN
  g++ -std=c++17 -O2 -fPIC -shared -DNAPI_VERSION=8 \
    -Ipackage -Itensorflow/include -Iheaders/include \
    package/binding/tfjs_backend.cc package/binding/tfjs_binding.cc absent-python.cc \
    -Lbuilt/deps/lib -l:_pywrap_tensorflow_internal.so -l:libtensorflow_framework.so.2 \
    -Wl,-rpath,'$ORIGIN/../../deps/lib' -o built/lib/napi-v8/tfjs_binding.node
)

# The name tells which version of this script and of the hashes made it.
recipe=$(cat "${BASH_SOURCE[0]}" "$here/libtensorflow.txt" | sha256sum | cut -c1-12)
cache=$here/../../build/tfjs
built=$cache/$recipe
if [[ ! -d $built ]]; then
  command -v g++ >/dev/null || fail 'g++ is missing'
  "$python" -m pip --version >/dev/null || fail "$python has no pip"
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/work-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "fetching libtensorflow 2.9.1 and the addon's sources"
  fetch "$work"
  echo 'compiling the addon'
  compile "$work"
  mv "$work/built" "$built"
fi

package=$project/node_modules/@tensorflow/tfjs-node-gpu
if [[ ! -d $package ]]; then
  echo "installing @tensorflow/tfjs-node-gpu $version in $project"
  (cd "$project" && npm install --silent --ignore-scripts "@tensorflow/tfjs-node-gpu@$version")
fi
found=$(node -p 'require(process.argv[1]).version' "$package/package.json")
[[ $found == "$version" ]] || fail "expected version $version in $package, not $found"
rm -rf "$package/lib" "$package/deps"
# Half a gigabyte: linked where both are on one file system.
cp -Rl "$built/." "$package/" 2>/dev/null || cp -R "$built/." "$package/"
cd "$project"
TF_CPP_MIN_LOG_LEVEL=1 node -e '
  const tf = require("@tensorflow/tfjs-node-gpu");
  if (tf.getBackend() !== "tensorflow") throw new Error(`the backend is ${tf.getBackend()}`);
  const device = tf.backend().isUsingGpuDevice ? "a GPU" : "the CPU";
  console.log(`@tensorflow/tfjs-node-gpu ${tf.version.tfjs} computes on ${device}`);'
