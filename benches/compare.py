#!/usr/bin/env python3
"""Measures `rcshark analyze` and `rcshark check` beside tshark and sngrep on one large capture, in one run.

Makes the capture with the project's scenario builder, then runs every program in turn, the order reversed from round to round. Before
each run the capture is read into the page cache, and a program that does not take minutes runs once without being measured: the first
run after a pause pays for what the machine has put to sleep meanwhile. Prints a table in Markdown and writes the same as JSON.
See README.md beside this file.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))

FIELDS = ["frame.number", "frame.time_epoch", "ip.src", "ip.dst", "sip.Method", "sip.Status-Code", "sip.Call-ID",
          "sip.CSeq", "msrp.method", "msrp.status.code", "msrp.transaction.id", "msrp.messageid"]

# What issue 2 asks for: (program, how many times faster rcshark has to be).
SPEED_BARS = {"tshark fields": 40, "sngrep": 5}
MEMORY_BAR = 0.25
# What the rules may cost beside the analysis (issue 4).
RULES_BAR = 0.5


@dataclass
class Program:
    name: str
    command: list
    package: str
    version: list
    # Takes minutes: one round is enough, none with --skip-slow.
    slow: bool = False


def programs(capture):
    rcshark = str(TARGET / "release" / "rcshark")
    fields = [word for field in FIELDS for word in ("-e", field)]
    return [
        Program("rcshark", [rcshark, "analyze", capture], "", [rcshark, "--version"]),
        Program("rcshark check", [rcshark, "check", "--format", "json", "--fail-on", "never", capture], "", [rcshark, "--version"]),
        Program("tshark io,stat", ["tshark", "-r", capture, "-q", "-z", "io,stat,0"], "tshark", ["tshark", "-v"], slow=True),
        Program("tshark fields", ["tshark", "-r", capture, "-Y", "sip||msrp", "-T", "fields", *fields],
                "tshark", ["tshark", "-v"], slow=True),
        Program("sngrep", ["sngrep", "-N", "-I", capture], "sngrep", ["sngrep", "-V"]),
    ]


def measure(program):
    """One run: seconds of wall clock and CPU, kilobytes of peak memory, taken from wait4."""
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        child = subprocess.Popen(program.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                 env={**os.environ, "TERM": "dumb"})
        # Drained and counted, not kept: a program that stopped early says less than it should.
        output_bytes = 0
        while block := child.stdout.read(1 << 20):
            output_bytes += len(block)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            errors.seek(0)
            sys.exit(f"{program.name} ended with {child.returncode}: {errors.read()[-500:].decode(errors='replace')}")
    return {"wall_secs": wall, "cpu_secs": usage.ru_utime + usage.ru_stime, "peak_kib": usage.ru_maxrss,
            "output_bytes": output_bytes}


def medians(runs):
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def first_line(command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return (result.stdout or result.stderr).strip().splitlines()[0].strip()


def machine():
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = models[0] if models else model
    return {"cpu": model, "cores": os.cpu_count(), "system": f"{platform.system()} {platform.release()}"}


def run(command):
    print("+", " ".join(map(str, command)), file=sys.stderr)
    subprocess.run(command, check=True, cwd=PROJECT)


def make_capture(size, path):
    run(["cargo", "build", "--release", "--quiet", "--package", "rcshark-scenario"])
    run([TARGET / "release" / "scenario", "large", "--bytes", size, "-o", path])


def warm(path):
    """Reads the file, so that no program pays for the disk: while one runs for long, a system may take idle pages back."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def bar(met):
    return "met" if met else "MISSED"


def report(result):
    file_mib = result["file_bytes"] / (1 << 20)
    ours = result["programs"]["rcshark"]["median"]
    yield f"{result['file_bytes'] / 1e9:.2f} GB of SIP and MSRP; {result['machine']['cpu']}, " \
          f"{result['machine']['cores']} cores, {result['machine']['system']}; load average " \
          f"{result['load_before']:.1f} before and {result['load_after']:.1f} after; {result['date']}."
    yield ""
    yield "| program | runs | wall s | CPU s | peak MiB | rcshark is faster: wall | CPU |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for name, program in result["programs"].items():
        m = program["median"]
        wall, cpu = m["wall_secs"] / ours["wall_secs"], m["cpu_secs"] / ours["cpu_secs"]
        ratios = "| |" if name.startswith("rcshark") else f"{wall:.1f}x | {cpu:.1f}x |"
        yield f"| {name} ({program['version']}) | {len(program['runs'])} | {m['wall_secs']:.2f} | {m['cpu_secs']:.2f} " \
              f"| {m['peak_kib'] / 1024:.0f} | {ratios}"
    yield ""
    beyond = result["peak_beyond_file_bytes"]
    share = beyond / result["file_bytes"]
    yield f"rcshark's peak memory beyond the mapped file: {beyond / (1 << 20):.0f} MiB, {share:.0%} of the file " \
          f"({file_mib:.0f} MiB); bar: under {MEMORY_BAR:.0%}, {bar(share < MEMORY_BAR)}."
    check = result["programs"]["rcshark check"]["median"]
    costs = {what: check[key] - ours[key] for what, key in (("wall", "wall_secs"), ("CPU", "cpu_secs"))}
    shares = {"wall": costs["wall"] / ours["wall_secs"], "CPU": costs["CPU"] / ours["cpu_secs"]}
    told = ", ".join(f"{what} {cost:.2f} s, {shares[what]:.0%} of the analysis" for what, cost in costs.items())
    yield f"What the rules cost (check less analyze): {told}; bar: under {RULES_BAR:.0%} of the CPU time, " \
          f"{bar(shares['CPU'] < RULES_BAR)}."
    for name, times in SPEED_BARS.items():
        if name in result["programs"]:
            ratio = result["programs"][name]["median"]["wall_secs"] / ours["wall_secs"]
            yield f"At least {times}x faster than {name}: {bar(ratio >= times)} ({ratio:.1f}x)."
    for name, package in result["missing"].items():
        yield f"Not installed, left out: {name} (`apt install {package}`)."


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bytes", default="1G", help="size of the capture to make (default: %(default)s)")
    parser.add_argument("--capture", type=Path, help="measure on this file instead; made if it does not exist")
    parser.add_argument("--runs", type=int, default=3, help="runs of each fast program (default: %(default)s)")
    parser.add_argument("--slow-runs", type=int, default=1, help="runs of tshark, over a minute each (default: %(default)s)")
    parser.add_argument("--skip-slow", action="store_true", help="leave tshark out")
    parser.add_argument("--json", type=Path, default=TARGET / "compare.json", help="where the numbers go (default: %(default)s)")
    options = parser.parse_args()

    run(["cargo", "build", "--release", "--quiet"])
    capture = options.capture or TARGET / f"large-{options.bytes}.pcap"
    if not capture.exists():
        make_capture(options.bytes, capture)
    file_bytes = capture.stat().st_size

    wanted = [program for program in programs(str(capture)) if not (program.slow and options.skip_slow)]
    missing = {program.name: program.package for program in wanted if not shutil.which(program.command[0])}
    wanted = [program for program in wanted if program.name not in missing]
    measured = {program.name: [] for program in wanted}
    load_before = os.getloadavg()[0]
    for round_number in range(max(options.runs, options.slow_runs)):
        for program in wanted if round_number % 2 == 0 else reversed(wanted):
            if round_number < (options.slow_runs if program.slow else options.runs):
                warm(capture)
                if not program.slow:
                    measure(program)
                sample = measure(program)
                measured[program.name].append(sample)
                print(f"{program.name}: {sample['wall_secs']:.2f} s, CPU {sample['cpu_secs']:.2f} s", file=sys.stderr)

    peak_bytes = medians(measured["rcshark"])["peak_kib"] * 1024
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "file_bytes": file_bytes,
        "machine": machine(),
        "load_before": load_before,
        "load_after": os.getloadavg()[0],
        # The map of the file counts as resident as far as it was touched, and all of it is.
        "peak_beyond_file_bytes": max(0, peak_bytes - file_bytes),
        "missing": missing,
        "programs": {
            program.name: {
                "command": program.command,
                "version": first_line(program.version),
                "median": medians(measured[program.name]),
                "runs": measured[program.name],
            }
            for program in wanted
        },
    }
    print("\n".join(report(result)))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written to {options.json}", file=sys.stderr)


if __name__ == "__main__":
    main()
