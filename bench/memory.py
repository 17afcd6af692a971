"""How much memory a process has taken."""

from pathlib import Path


def peak() -> int:
    """The most that this process has had so far, in bytes.

    Not the system's `ru_maxrss`: that one begins before the program does, with what whoever started it had.
    """
    [line] = [each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) * 1024
