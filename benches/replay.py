#!/usr/bin/env python3
"""Replay beside SIPp, in one run: basic calls per CPU second of the calling side, and many group sessions at once.

    cargo build --release && python3 benches/replay.py [--calls 5000] [--rate 500] [--groups 200] [--group-rate 10]

SIPp answers the calls of both callers with the same scenario (tests/replay/uas.xml). The group session has five participants and 20
messages; rcshark plays the clients against rcshark playing the focus. Needs SIPp (Debian: sip-tester).
"""

import argparse
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RCSHARK = os.path.join(ROOT, "target/release/rcshark")
REPLAY = os.path.join(ROOT, "tests/replay")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def run(command, **options):
    """Runs a program; gives its output, wall clock and CPU seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done, wall, cpu


def sipp(scenario, port, calls, *more):
    path = os.path.join(REPLAY, scenario)
    return ["sipp", *more, "-sf", path, "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-m", str(calls), "-timeout", "300"]


def calls(arguments, folder):
    environment = {**os.environ, "TERM": "dumb"}
    print(f"{arguments.calls} basic calls at {arguments.rate} per second, answered by SIPp")
    for name in ["sipp", "rcshark"]:
        port = free_port()
        answers = subprocess.Popen(
            sipp("uas.xml", port, arguments.calls), cwd=folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        if name == "sipp":
            command = sipp("uac.xml", free_port(), arguments.calls, f"127.0.0.1:{port}", "-r", str(arguments.rate))
        else:
            command = [RCSHARK, "replay", "--run", os.path.join(REPLAY, "caller.toml"), "--target", f"127.0.0.1:{port}",
                       "--speed", "max", "--copies", str(arguments.calls), "--rate", str(arguments.rate)]
        done, wall, cpu = run(command, cwd=folder, env=environment)
        answers.kill()
        # The CPU seconds of who answers count only once it is waited for.
        answers.wait()
        good = "all calls good" if done.returncode == 0 else f"exit code {done.returncode}"
        print(f"  {name:8} {wall:6.2f} s, {cpu:6.2f} CPU s, {arguments.calls / cpu:8.0f} calls per CPU second, {good}")


def groups(arguments, folder):
    capture = os.path.join(folder, "five.pcap")
    make = ["cargo", "run", "-q", "-p", "rcshark-scenario", "--", "talk", "--info", "msrp", "--no-truth", "-o", capture]
    subprocess.run(make, cwd=ROOT, check=True)
    copies = ["--copies", str(arguments.groups), "--speed", arguments.speed]
    focus = subprocess.Popen(
        [RCSHARK, "replay", capture, "--as", "focus", "--bind", "127.0.0.1:0", *copies, "--timeout", "600"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    target = focus.stderr.readline().split()[-1]
    clients = [RCSHARK, "replay", capture, "--as", "clients", "--target", target, *copies, "--rate", str(arguments.group_rate)]
    done, wall, cpu = run(clients)
    out, _ = focus.communicate(timeout=120)
    print(f"{arguments.groups} groups of five with 20 messages, {arguments.group_rate} begin per second, speed {arguments.speed}")
    for name, text, code in [("clients", done.stdout, done.returncode), ("focus", out, focus.returncode)]:
        lines = text.splitlines()
        print(f"  {name}: {lines[0] if lines else ''}, exit code {code}")
        found = re.search(r"\d+ responses: .*", text)
        print(f"    {found.group(0) if found else ''}")
    print(f"  {wall:.2f} s, {cpu:.2f} CPU s of the clients")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--groups", type=int, default=200)
    parser.add_argument("--group-rate", type=float, default=10)
    parser.add_argument("--speed", default="max")
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if not os.path.exists(RCSHARK):
        sys.exit("cargo build --release first")
    with tempfile.TemporaryDirectory() as folder:
        calls(arguments, folder)
        if arguments.groups:
            groups(arguments, folder)


if __name__ == "__main__":
    main()
