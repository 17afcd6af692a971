"""The line of writers: first come, first served, over threads and processes, and nobody waits for the dead."""

import multiprocessing
import os
import threading
import time

import pytest

from app.turns import Line

fork = multiprocessing.get_context("fork")


@pytest.fixture
def path(tmp_path):
    yield str(tmp_path / "turn")
    Line._lines.pop(str(tmp_path / "turn"), None)


def test_those_who_wait_are_served_in_the_order_they_came(path):
    line, served = Line.at(path), []
    line.stand(1)
    told, tell = fork.Pipe(duplex=False)

    def wait_in_a_process(number):
        mine = Line.at(path)
        mine.stand(5)
        tell.send(number)
        mine.leave()

    processes = [fork.Process(target=wait_in_a_process, args=(number,)) for number in range(6)]
    for process in processes:
        process.start()
        time.sleep(0.1)
    line.leave()
    served = [told.recv() for _ in processes]
    for process in processes:
        process.join()

    assert served == [0, 1, 2, 3, 4, 5]


def test_threads_of_one_process_are_served_in_order_too(path):
    line, served = Line.at(path), []
    line.stand(1)

    def wait(number):
        Line.at(path).stand(5)
        served.append(number)
        Line.at(path).leave()

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    line.leave()
    for thread in threads:
        thread.join()

    assert served == [0, 1, 2, 3, 4, 5]


def test_only_one_is_in_at_a_time(path, tmp_path):
    inside, clashes = tmp_path / "inside", fork.Value("i", 0)

    def work():
        line = Line.at(path)
        for _ in range(50):
            line.stand(10)
            try:
                os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                clashes.value += 1
            inside.unlink(missing_ok=True)
            line.leave()

    processes = [fork.Process(target=work) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert clashes.value == 0


def test_nobody_waits_for_the_dead(path):
    told, tell = fork.Pipe(duplex=False)

    def die_in_turn():
        Line.at(path).stand(1)
        tell.send("in")
        time.sleep(60)

    process = fork.Process(target=die_in_turn)
    process.start()
    told.recv()
    process.kill()
    process.join()

    assert Line.at(path).stand(1)
    Line.at(path).leave()


def test_who_loses_patience_leaves_the_line_as_it_was(path):
    told, tell = fork.Pipe(duplex=False)
    go = fork.Event()

    def hold():
        Line.at(path).stand(1)
        tell.send("in")
        go.wait()
        Line.at(path).leave()

    process = fork.Process(target=hold)
    process.start()
    told.recv()

    assert not Line.at(path).stand(0.05)
    go.set()
    process.join()
    assert Line.at(path).stand(1)
    Line.at(path).leave()
