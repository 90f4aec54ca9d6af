#!/usr/bin/python3
# Runs a program and passes the lines of both directions on. After a message of the protocol of `--via`
# has crossed, it ends the program or its parent, and itself, with kill -9.
#
# cut.py laptop|host.MESSAGE program|parent COMMAND...
import json, os, signal, subprocess, sys, threading

last, victim, *command = sys.argv[1:]
program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
parent = os.getppid()


def cut():
    os.kill(program.pid if victim == "program" else parent, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)  # what is open ends with it


def carry(speaker, source, sink):
    for line in source:
        try:
            sink.write(line)
            sink.flush()
        except BrokenPipeError:
            break
        if last in [f"{speaker}.{kind}" for kind in json.loads(line)["body"]]:
            cut()
    sink.close()


threading.Thread(target=carry, args=("laptop", sys.stdin.buffer, program.stdin), daemon=True).start()
carry("host", program.stdout, sys.stdout.buffer)
os._exit(program.wait())
